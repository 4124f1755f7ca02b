"""Many workers of several processes read at once: every conversation keeps the order in which its platform spoke."""

import asyncio
import itertools
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import pytest

from services.engagement.inbound import WORKERS
from services.engagement.settings import EngagementSettings
from tests.engagement.clocks import running
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import until

PROCESSES = 4
CHANNELS = 8
PEOPLE_A_CHANNEL = 10
MESSAGES = 25
ALL = CHANNELS * PEOPLE_A_CHANNEL * MESSAGES
WITHIN_SECONDS = 400


@pytest.mark.timeout(WITHIN_SECONDS + 100)
async def test_eight_workers_make_no_inversion(settings: EngagementSettings, database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert (PROCESSES * WORKERS, CHANNELS * PEOPLE_A_CHANNEL, ALL) == (8, 80, 2_000)
    async with AsyncExitStack() as stack:
        services = [await stack.enter_async_context(running(settings)) for _ in range(PROCESSES)]
        partners = [await Partner.connected(services[0]) for _ in range(CHANNELS)]
        await asyncio.gather(*(speak(partner, services, first=number) for number, partner in enumerate(partners)))
        owner = await asyncpg.connect(database_url, timeout=10)

        async def read() -> bool:
            return bool(await owner.fetchval("SELECT count(*) FROM engagement.interaction") >= ALL)

        await until(read, within_seconds=WITHIN_SECONDS)
        await owner.close()
        threads = await whole_list(services[0], "/v1/conversations")
        shown = [await whole_list(services[0], f"/v1/conversations/{thread['id']}/messages") for thread in threads]
    numbers = [[int(message["text"]) for message in reversed(messages)] for messages in shown]
    inversions = sum(earlier > later for thread in numbers for earlier, later in itertools.pairwise(thread))
    with capsys.disabled():
        print(f"\n{len(numbers)} conversations, {sum(map(len, numbers))} messages: {inversions} inversions")  # noqa: T201 - the figures
    assert [sorted(thread) for thread in numbers] == [list(range(MESSAGES))] * (CHANNELS * PEOPLE_A_CHANNEL)
    assert inversions == 0


async def speak(partner: Partner, services: list[Service], *, first: int) -> None:
    """Everybody of a channel writes in turn, one delivery after the other, each to another process; all at the same time of day."""
    for number in range(MESSAGES):
        partner.service = services[(first + number) % PROCESSES]
        told = [
            event(0, str(number), id=f"{person}-{number}", author={"network": "shop", "external_id": f"{partner.channel_id}-{person}"})
            for person in range(PEOPLE_A_CHANNEL)
        ]
        await until(lambda told=told: taken(partner, told), within_seconds=WITHIN_SECONDS)


async def taken(partner: Partner, told: list[dict[str, Any]]) -> bool:
    """Whether a delivery is acknowledged; a process that has just started may not know the channel yet."""
    return (await partner.deliver(*told)).status_code == 200


async def whole_list(service: Service, path: str) -> list[dict[str, Any]]:
    """Every item of a paged list."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = (await service.get(f"{path}?limit=100{cursor}")).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = f"&after={page['next_cursor']}"
