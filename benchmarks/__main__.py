"""`python -m benchmarks [NAME ...]`: measures, prints, writes results.json. Called by `make bench`."""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from benchmarks import results
from benchmarks.acknowledging import measure_acknowledgement
from benchmarks.assigning import measure_assignment
from benchmarks.draining import measure_drain
from benchmarks.history import measure_history
from benchmarks.idle import measure_idle_memory
from benchmarks.importing import measure_import
from benchmarks.inbox import measure_inbox
from benchmarks.ingest import measure_ingest
from benchmarks.pgbench import PgbenchMissingError
from benchmarks.processes import UnmeasurableError
from benchmarks.resolving import measure_resolution
from benchmarks.results import Result
from benchmarks.searching import measure_search
from benchmarks.stage import staged
from benchmarks.subscribing import measure_subscription
from benchmarks.timeline import measure_timeline
from benchmarks.triaging import measure_triage

ALONE: Mapping[str, Callable[..., Awaitable[list[Result]]]] = {"idle_memory_mb": measure_idle_memory, "triage": measure_triage}
# In this order: what comes later finds more data in the database.
ON_STAGE: Mapping[str, Callable[..., Awaitable[list[Result]]]] = {
    "subscription_p50_ms": measure_subscription,
    "webhook_ack_p99_ms": measure_acknowledgement,
    "ingest_vs_pgbench": measure_ingest,
    "journal_drain_per_core": measure_drain,
    "resolve": measure_resolution,
    "import_rows_per_second": measure_import,
    "assignment_ms": measure_assignment,
    "inbox_ms": measure_inbox,
    "search_ms": measure_search,
    "timeline_pages_10m_vs_100k": measure_timeline,
    "history_vs_pgbench": measure_history,
}
NAMES = (*ALONE, *ON_STAGE)


def main() -> None:
    """Read what is wanted, and measure it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(NAMES)}; all of them without a name")
    parser.add_argument("--quick", action="store_true", help="shorter runs on less data; printed, not written")
    asked = parser.parse_args()
    unknown = sorted(set(asked.names) - set(NAMES))
    if unknown:
        parser.error(f"there is no figure {', '.join(unknown)}")
    asyncio.run(_measure(asked.names or NAMES, quick=asked.quick))


async def _measure(names: Sequence[str], *, quick: bool) -> None:
    began = time.monotonic()
    found: list[Result] = []
    for name in ALONE.keys() & set(names):
        found += await _one(name, ALONE[name](quick=quick))
    on_stage = [name for name in ON_STAGE if name in names]
    if on_stage:
        async with staged() as stage:
            for name in on_stage:
                found += await _one(name, ON_STAGE[name](stage, quick=quick))
    for each in found:
        beside = "" if each.theirs is None else f"   (ours {each.ours:g}, theirs {each.theirs:g})"
        print(f"{each.name:<36} {each.figure:>8g} {each.unit}{beside}")
    print(f"{time.monotonic() - began:.0f} s; " + ("a quick run is not written" if quick else await _write(found, names)))


async def _write(found: Sequence[Result], names: Sequence[str]) -> str:
    """Write them; what was done, in words."""
    whole = set(names) == set(NAMES)
    if results.write(found, machine=results.machine(), revision=await results.revision(), whole=whole):
        return f"written to {results.FILE.name}"
    return f"not written: {results.FILE.name} holds another revision's figures; measure all of them to replace it"


async def _one(name: str, measuring: Awaitable[list[Result]]) -> list[Result]:
    print(name, flush=True)
    try:
        return await measuring
    except (PgbenchMissingError, UnmeasurableError) as error:
        print(f"  not measured: {error}", flush=True)
        return []


if __name__ == "__main__":
    main()
