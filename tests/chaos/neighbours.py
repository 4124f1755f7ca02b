"""`python -m tests.chaos.neighbours`: one platform fails in every way; what do the replies of another channel notice?

Alternating runs, with the platform well and failing; bounded in number, and by a limit. Ends with 1 where the median of the ratios
of the other channel's p95 is 1.5 or more, or a reply of it was not taken once.
"""

import argparse
import asyncio
import itertools
import secrets
import statistics
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.chaos.plan import tell
from tests.flows.product import Connected, Desk, product
from tests.flows.waiting import until

FAULTS = ("server_error", "server_error_after", "reset_before", "reset_after_write", "truncated", "stall", "rate_limited")
BOUND = 1.5
PEOPLE = 20
STALL_SECONDS = 20.0
SETTLED_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Run:
    """The other channel's p95 from posting to sent, in milliseconds, beside a platform that is well, and one that fails."""

    well: float
    failing: float

    @property
    def ratio(self) -> float:
        """How much longer beside the failing one."""
        return self.failing / self.well


def main() -> int:
    """Measure, print the table, judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.neighbours", description="One platform fails; another does not notice.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--replies", type=int, default=40, help="of each channel and run")
    parser.add_argument("--limit-seconds", type=float, default=900.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rapport-neighbours-", ignore_cleanup_errors=True) as folder:
        runs, taken = asyncio.run(_bounded(Path(folder), runs=asked.runs, replies=asked.replies, seconds=asked.limit_seconds))
    tell("run   p95 well   p95 failing   ratio")
    for number, run in enumerate(runs, 1):
        tell(f"{number:3}   {run.well:5.0f} ms   {run.failing:8.0f} ms   {run.ratio:5.2f}")
    median = statistics.median(run.ratio for run in runs)
    posted = 2 * asked.runs * asked.replies
    tell(f"median ratio {median:.2f} (bound {BOUND}); {posted} replies of the other channel: {taken} taken once")
    return 0 if median < BOUND and taken == posted else 1


async def _bounded(folder: Path, *, runs: int, replies: int, seconds: float) -> tuple[list[Run], int]:
    async with asyncio.timeout(seconds), product(folder) as started:
        desk = await started.desk()
        bot, partner = await desk.connect_telegram(), await desk.connect_inlet()
        await started.platforms.telegram_crowd(bot.account, count=PEOPLE, rate_per_second=20, people=PEOPLE)
        await started.platforms.inlet_crowd(partner.account, count=PEOPLE, rate_per_second=20, people=PEOPLE)
        await started.platforms.drained(within_seconds=60)
        done = [await _run(desk, bot, partner, replies=replies) for _ in range(runs)]
        entries = [entry for entry in started.platforms.ledger() if entry["entry"] == "reply" and entry["channel"] == partner.account]
        taken = Counter(entry["text"] for entry in entries if entry["accepted"])
    return done, sum(times == 1 for times in taken.values())


async def _run(desk: Desk, bot: Connected, partner: Connected, *, replies: int) -> Run:
    """Once with the platform well, once failing."""
    platforms = desk.product.platforms
    await platforms.behave()
    well = await _p95(desk, bot, partner, replies=replies)
    for kind in FAULTS:
        await platforms.misbehave("telegram", kind=kind, times=10_000, probability=0.3, seconds=STALL_SECONDS, retry_after=1)
    failing = await _p95(desk, bot, partner, replies=replies)
    await platforms.behave()
    return Run(well=well, failing=failing)


async def _p95(desk: Desk, bot: Connected, partner: Connected, *, replies: int) -> float:
    """Post to both channels in turn; gives the p95 of the partner's, in milliseconds."""
    beside, own = itertools.cycle(await _threads(desk, bot)), itertools.cycle(await _threads(desk, partner))
    posted = []
    for _ in range(replies):
        await _post(desk, next(beside))
        posted.append(await _post(desk, next(own)))
    sent = [await _sent(desk, each) for each in posted]
    return statistics.quantiles(sent, n=20)[-1]


async def _threads(desk: Desk, channel: Connected) -> list[dict[str, Any]]:
    """Some conversations of a channel; not everybody of a crowd happens to write."""

    async def enough() -> list[dict[str, Any]] | None:
        found = await desk.list_all(f"/v1/conversations?channel_id={channel.id}")
        return found if len(found) >= PEOPLE // 3 else None

    return await until(enough, seconds=SETTLED_SECONDS) or []


async def _post(desk: Desk, thread: dict[str, Any]) -> str:
    answer = await desk.request("POST", f"/v1/conversations/{thread['id']}/replies", {"text": f"Soon. ({secrets.token_hex(8)})"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["reply"]["id"])


async def _sent(desk: Desk, reply: str) -> float:
    """From queued to sent."""

    async def there() -> dict[str, Any] | None:
        found: dict[str, Any] = await desk.read(f"/v1/replies/{reply}")
        return found if found["sent_at"] else None

    found = await until(there, seconds=SETTLED_SECONDS) or {}
    queued, sent = (datetime.fromisoformat(found[name]) for name in ("queued_at", "sent_at"))
    return (sent - queued).total_seconds() * 1000


if __name__ == "__main__":
    sys.exit(main())
