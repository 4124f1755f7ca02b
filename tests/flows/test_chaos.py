"""A small run of `make chaos`: every process is killed once, PostgreSQL and NATS restart, and nothing is lost, doubled or sent twice."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.flow, pytest.mark.timeout(400)]

SMALL = (
    "--webhooks 240 --replies 24 --kills 5 --postgres-restarts 1 --nats-restarts 1 --people 10 --rate-per-second 24 --rest-seconds 1 "
    "--limit-seconds 360"
)
PART = re.compile(r"([a-z_, ]+): (\d+) in, (\d+) out, \d+ unknown \(\d+ settled, \d+ for a person\)")
FIRST_RING = {
    *("telegram", "inlet, asked", "inlet, echoing", "facebook", "instagram", "whatsapp", "webchat", "webchat, visitors"),
    *("mastodon", "bluesky", "youtube", "google_business", "feeds"),
}
TALLY = (
    r"240 webhooks, 24 replies, 5 kills: 0 lost, 0 duplicated, 0 inversions, 0 double sends, \d+ unknown \(\d+ settled, \d+ for a person\)"
)


async def test_a_small_run_of_chaos_ends_with_zeros() -> None:
    command = ("-m", "tests.chaos", *SMALL.split())
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    lines = output.decode().splitlines()
    assert process.returncode == 0, "\n".join(lines)
    assert re.fullmatch(TALLY, lines[-1]), lines[-1]
    heard = {found.group(1): int(found.group(2)) for line in lines if (found := PART.fullmatch(line))}
    assert heard.keys() >= FIRST_RING, "\n".join(lines)
    assert all(heard.values()), heard
