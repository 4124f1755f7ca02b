"""resolve_p99_ms, resolve_per_core: how fast somebody new finds those who are already known, among 10,000 and 1,000,000 identifiers.

`python -m benchmarks.resolving` is the worker: it takes a Task as JSON on standard input and gives an Outcome as JSON on standard output.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

import uvloop

from benchmarks.resolving_data import IDENTIFIERS_EACH, fill, newcomers
from benchmarks.results import Result, alone
from benchmarks.side import SideDatabase, side_database
from benchmarks.stage import Stage
from services.contracts.events import InteractionReceived
from services.contracts.ids import WorkspaceId
from services.identity.subscribers import PeopleSeen
from services.kit.bus import decode
from services.kit.clock import SystemClock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.subscriptions import BATCH

RUNS = 3
_SLACK_SECONDS = 300.0
_SMALL, _LARGE = 10_000, 1_000_000
_WARMING = 50
_SOMEBODY = (
    "events of accounts never seen, half of them with an address that one of the people in the database has, a quarter with the number "
    "too; decoded, resolved and committed by the subscriber's handler in a process of its own, beside {there:,} identifiers"
)
_ALONE = f"{_SOMEBODY}; 99th percentile over 1,000 of them, each alone in its batch"
_BATCHED = f"{_SOMEBODY}; {BATCH} a batch, per second of that process's processor time, PostgreSQL's not counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Where the people lie, how many, and which newcomers come: `alone` of them one by one, `together` in batches."""

    app_url: str
    workspace: str
    people: int
    first: int
    alone: int
    together: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Seconds for each that came alone; and for those in batches, on the clock and of the processor."""

    alone: Sequence[float]
    together: int
    cpu_seconds: float
    seconds: float

    @property
    def p99_ms(self) -> float:
        """Of those that came alone."""
        return statistics.quantiles(self.alone, n=100)[98] * 1000

    @property
    def per_core(self) -> float:
        """Profiles per second of processor time."""
        return self.together / self.cpu_seconds


async def measure_resolution(stage: Stage, *, quick: bool) -> list[Result]:
    """Both sizes side by side, in turns: other newcomers in each run."""
    large = _LARGE // 10 if quick else _LARGE
    outcomes: dict[int, list[Outcome]] = {_SMALL: [], large: []}
    async with side_database(stage, service="identity") as few, side_database(stage, service="identity") as many:
        places = {_SMALL: few, large: many}
        workspaces = {size: WorkspaceId(new_id()) for size in places}
        for size, side in places.items():
            await fill(side, workspaces[size], identifiers=size)
        for run in range(1 if quick else RUNS):
            for size, side in places.items():
                outcomes[size].append(await _drive(stage, side, workspaces[size], size=size, run=run, quick=quick))
    return [each for size, found in outcomes.items() for each in _results(found, size=size, usual=size == large)]


def _results(outcomes: Sequence[Outcome], *, size: int, usual: bool) -> list[Result]:
    suffix = "" if usual else f"_of_{size}"
    return [
        alone(f"resolve_p99_ms{suffix}", runs=[each.p99_ms for each in outcomes], unit="ms", how=_ALONE.format(there=size)),
        alone(
            f"resolve_per_core{suffix}",
            runs=[each.per_core for each in outcomes],
            unit="profiles per second and core",
            how=_BATCHED.format(there=size),
        ),
    ]


async def _drive(stage: Stage, side: SideDatabase, workspace: WorkspaceId, *, size: int, run: int, quick: bool) -> Outcome:
    await stage.settle()
    each = 200 if quick else 1_000
    task = Task(
        app_url=side.url(role="app"),
        workspace=str(workspace),
        people=size // IDENTIFIERS_EACH,
        first=run * 100_000,
        alone=each,
        together=each * 5,
    )
    outcome = await _worked(task)
    print(
        f"  {size:,} identifiers: p50 {statistics.median(outcome.alone) * 1000:.1f} ms, p99 {outcome.p99_ms:.1f} ms; "
        f"{outcome.per_core:.0f} per core, {outcome.together / outcome.seconds:.0f}/s on the clock",
        flush=True,
    )
    return outcome


async def _worked(task: Task) -> Outcome:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.resolving",
        cwd=Path(__file__).parent.parent,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await asyncio.wait_for(process.communicate(json.dumps(asdict(task)).encode()), timeout=_SLACK_SECONDS)
    return Outcome(**json.loads(output))


async def _resolve(task: Task) -> Outcome:
    """Hand the events over as the subscription does."""
    workspace = WorkspaceId(UUID(task.workspace))
    app = Database(task.app_url, name="bench-app", size=4)
    await app.open()
    seen = PeopleSeen(app, deployment_key=b"k" * 32, clock=SystemClock(), wake=lambda: None)
    numbers = range(task.first, task.first + _WARMING + task.alone + task.together)
    events = newcomers(workspace, numbers, people=task.people)

    async def hand_over(batch: Sequence[bytes]) -> float:
        began = time.perf_counter()
        await seen.learn(workspace, [decode(each, {InteractionReceived.type: InteractionReceived}) for each in batch])
        return time.perf_counter() - began

    for each in events[:_WARMING]:
        await hand_over([each])
    alone_ = [await hand_over([each]) for each in events[_WARMING : _WARMING + task.alone]]
    rest = events[_WARMING + task.alone :]
    cpu = time.process_time()
    seconds = [await hand_over(rest[place : place + BATCH]) for place in range(0, len(rest), BATCH)]
    outcome = Outcome(alone=alone_, together=len(rest), cpu_seconds=time.process_time() - cpu, seconds=sum(seconds))
    await app.close()
    return outcome


def main() -> None:
    """Do what standard input tells of."""
    outcome = asyncio.Runner(loop_factory=uvloop.new_event_loop).run(_resolve(Task(**json.load(sys.stdin))))
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
