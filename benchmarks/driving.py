"""Starts the load generator and reads its outcome. Called by every figure that needs requests."""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.load import Outcome, Plan

_SLACK_SECONDS = 30.0


class LoadFailedError(Exception):
    """The load generator did not finish, or most of its requests were refused: there is no figure."""


async def drive(plan: Plan) -> Outcome:
    """Run the plan in a process of its own. Raises LoadFailedError."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.load",
        cwd=Path(__file__).parent.parent,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        limit = plan.seconds + plan.warm_seconds + _SLACK_SECONDS
        output, _ = await asyncio.wait_for(process.communicate(json.dumps(asdict(plan)).encode()), timeout=limit)
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise LoadFailedError("the load generator did not finish") from error
    if process.returncode != 0:
        raise LoadFailedError(f"the load generator ended with code {process.returncode}")
    outcome = Outcome(**json.loads(output))
    if outcome.refused or not outcome.answered:
        raise LoadFailedError(f"{outcome.refused} of {outcome.answered} requests were refused")
    return outcome
