"""journal_drain_per_core: how many messages of the journal a second of processor time turns into history and events.

`python -m benchmarks.draining` is the worker: it takes a Task as JSON on standard input and gives an Outcome as JSON on standard output.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import asyncpg
import uvloop

from benchmarks.deliveries import PEOPLE_PER_CHANNEL, update
from benchmarks.results import Result, alone
from benchmarks.side import SideDatabase, side_database
from benchmarks.stage import WORKSPACES, Stage
from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.connectors import connectors
from services.engagement.inbound import InboundWorker
from services.engagement.registry import ChannelRegistry
from services.engagement.statements.journal import JournalItem, admit_items
from services.kit.clock import SystemClock
from services.kit.crypto import Vault
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.settings import derive_key
from services.kit.telemetry import Metrics

_SLACK_SECONDS = 180.0
_KEPT = timedelta(days=30)
_HOW = (
    "messages of 20 Telegram channels of 20 workspaces, stored in the journal before, read by the inbound worker in a process of its own: "
    "parsed, written as history, their events in the outbox; per second of that process's processor time, PostgreSQL's not counted"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Where the journal lies and how many rows wait in it."""

    app_url: str
    worker_url: str
    secret_key: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was read and what that took."""

    rows: int
    cpu_seconds: float
    seconds: float

    @property
    def per_core(self) -> float:
        """Messages per second of processor time."""
        return self.rows / self.cpu_seconds


async def measure_drain(stage: Stage, *, quick: bool) -> list[Result]:
    """Three journals, each read by a fresh worker."""
    rows = 4_000 if quick else 20_000
    outcomes: list[Outcome] = []
    for run in range(3):
        async with side_database(stage) as side:
            await _fill(side, rows=rows)
            outcomes.append(await _drive(side, rows=rows))
        print(f"  run {run + 1}: {outcomes[-1].per_core:.0f} per core, {outcomes[-1].rows / outcomes[-1].seconds:.0f}/s", flush=True)
    return [alone("journal_drain_per_core", runs=[each.per_core for each in outcomes], unit="messages per second and core", how=_HOW)]


async def _fill(side: SideDatabase, *, rows: int) -> None:
    """Rows by the intake role, as webhooks write them."""
    workspaces = [WorkspaceId(new_id()) for _ in range(WORKSPACES)]
    places = list(zip(workspaces, await side.connect_channels(workspaces), strict=True))
    intake = await asyncpg.connect(side.url(role="intake"), timeout=10)
    try:
        for first in range(0, rows, 1_000):
            await admit_items(
                intake,
                sorted(_items(places, range(first, first + 1_000)), key=lambda item: (item.channel_id, item.key)),
                received_at=datetime.now(UTC),
            )
    finally:
        await intake.close(timeout=10)


def _items(places: Sequence[tuple[WorkspaceId, ChannelId]], numbers: range) -> list[JournalItem]:
    items: list[JournalItem] = []
    for number in numbers:
        workspace, channel = places[number % len(places)]
        body = json.dumps(update(person=5_000_000 + number // len(places) % PEOPLE_PER_CHANNEL, number=1_000_000_000 + number)).encode()
        key = sha256(str(number).encode()).digest()
        items.append(JournalItem(workspace, channel, key, new_id(), "application/json", body))
    return items


async def _drive(side: SideDatabase, *, rows: int) -> Outcome:
    task = Task(app_url=side.url(role="app"), worker_url=side.url(role="worker"), secret_key=side.secret_key, rows=rows)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.draining",
        cwd=Path(__file__).parent.parent,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await asyncio.wait_for(process.communicate(json.dumps(asdict(task)).encode()), timeout=_SLACK_SECONDS)
    return Outcome(**json.loads(output))


async def _drain(task: Task) -> Outcome:
    """Run the inbound worker until nothing waits."""
    connectors()
    app = Database(task.app_url, name="bench-app", size=4)
    worker = Database(task.worker_url, name="bench-worker", size=2)
    await app.open()
    await worker.open()
    registry = ChannelRegistry(worker, vault=Vault(derive_key(task.secret_key, "channel-credentials")))
    await registry.refresh()
    metrics = Metrics("bench")
    inbound = InboundWorker(
        registry,
        app,
        worker=worker,
        deployment_key=b"k" * 32,
        historic_after=timedelta(hours=24),
        kept=_KEPT,
        published=lambda: None,
        pressed=lambda: False,
        clock=SystemClock(),
        metrics=metrics,
    )
    began, cpu = time.perf_counter(), time.process_time()
    for channels in registry.by_workspace().values():
        for channel in channels:
            inbound.wake(channel)
    reading = asyncio.create_task(inbound.run())
    while _read(metrics) < task.rows:  # noqa: ASYNC110 - the worker tells nobody that it is done
        await asyncio.sleep(0.05)
    outcome = Outcome(rows=_read(metrics), cpu_seconds=time.process_time() - cpu, seconds=time.perf_counter() - began)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await app.close()
    await worker.close()
    return outcome


def _read(metrics: Metrics) -> int:
    lines = metrics.render().decode().splitlines()
    return sum(int(float(line.rpartition(" ")[2])) for line in lines if line.startswith("rapport_journal_rows_total"))


def main() -> None:
    """Drain the journal that standard input tells of."""
    task = Task(**json.load(sys.stdin))
    outcome = asyncio.Runner(loop_factory=uvloop.new_event_loop).run(_drain(task))
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
