"""Many senders at once: every conversation's replies leave in their order, and each leaves once."""

import asyncio
import itertools
from collections import Counter

import asyncpg
import pytest

from services.contracts.ids import ReplyId
from services.engagement.sending import Sender
from services.engagement.settings import EngagementSettings
from tests.engagement.office import Office

SENDERS = 8
CONVERSATIONS = 15
REPLIES = 8
WITHIN_SECONDS = 180


@pytest.mark.timeout(WITHIN_SECONDS + 60)
async def test_eight_senders_make_no_inversion_and_send_nothing_twice(settings: EngagementSettings) -> None:
    async with Office.opened(settings, people=CONVERSATIONS) as office:
        posted: dict[int, list[ReplyId]] = {person: [] for person in range(CONVERSATIONS)}
        for number in range(REPLIES):
            for person, written in posted.items():
                written.append(await office.post(person, f"{number}"))
        async with asyncio.timeout(WITHIN_SECONDS), asyncio.TaskGroup() as group:
            for _ in range(SENDERS):
                group.create_task(_until_all_is_sent(office, office.hire()))
        place = {reply: number for number, reply in enumerate(office.platform.taken)}
        assert Counter(office.platform.taken).most_common(1)[0][1] == 1
        assert len(place) == CONVERSATIONS * REPLIES
        inversions = [
            (earlier, later)
            for written in posted.values()
            for earlier, later in itertools.pairwise(written)
            if place[str(earlier)] > place[str(later)]
        ]
        assert inversions == []
        assert {row["state"] for row in (await office.rows()).values()} == {"sent"}


async def _until_all_is_sent(office: Office, sender: Sender) -> None:
    while len(office.platform.taken) < CONVERSATIONS * REPLIES:
        async with asyncio.TaskGroup() as group:
            try:
                await sender.send_due(office.channel.workspace_id, group)
            except asyncpg.UniqueViolationError:
                # Two claimed in one conversation at the same instant: one is told to come again.
                continue
