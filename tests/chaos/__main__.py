"""`python -m tests.chaos`: break the product while it works, and end with 1 where anything was lost, doubled, inverted or sent twice."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.chaos.plan import Plan, tell
from tests.chaos.run import run
from tests.chaos.tally import Tally


def main() -> int:
    """Run the plan that the arguments make, and print the tally as the last line."""
    plan = _plan()
    with tempfile.TemporaryDirectory(prefix="rapport-chaos-", ignore_cleanup_errors=True) as folder:
        tally = asyncio.run(_bounded(plan, Path(folder)))
    for line in (*tally.parts, *tally.details()):
        tell(line)
    tell(f"took {tally.seconds:.0f} s")
    tell(tally.line())
    return 0 if tally.clean else 1


async def _bounded(plan: Plan, folder: Path) -> Tally:
    async with asyncio.timeout(plan.limit_seconds):
        return await run(plan, folder)


def _plan() -> Plan:
    usual = Plan()
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="The whole product under load while its parts die.")
    for name in ("webhooks", "replies", "kills", "postgres_restarts", "nats_restarts", "people", "seed"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=getattr(usual, name))
    parser.add_argument("--rate-per-second", type=float, default=usual.rate_per_second)
    parser.add_argument("--rest-seconds", type=float, default=usual.rest_seconds, help="the longest that a poller rests")
    parser.add_argument("--limit-seconds", type=float, default=usual.limit_seconds, help="give up after this long")
    return Plan(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
