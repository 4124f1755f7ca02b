"""No reply is queued where nothing goes out any more: what a process knows of a channel may be two seconds old."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from services.contracts.ids import ConversationId
from services.engagement import channels, replies
from services.engagement.business_hours import Hours
from services.engagement.channel_errors import ChannelDisconnectedError, RepliesWaitingError
from services.engagement.composing.notices import give_notices
from services.engagement.recording import Item, record
from services.engagement.settings import EngagementSettings
from services.kit.crypto import Vault
from services.kit.db import Connection, Database
from tests.engagement.play import DEPLOYMENT_KEY, Play


@pytest.fixture
async def play(database_url: str, settings: EngagementSettings) -> AsyncIterator[Play]:
    database = Database(settings.role_url("engagement", role="app"), name="test", size=2)
    await database.open()
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        yield await Play.begun(database, owner)
    finally:
        await owner.close(timeout=5)
        await database.close()


async def ends(play: Play) -> None:
    """Another process disconnects the channel."""
    async with play.database.transaction(play.workspace) as connection:
        await channels.disconnect_channel(connection, play.workspace, play.channel.id, vault=Vault(DEPLOYMENT_KEY), now=play.now)


async def queues(play: Play, connection: Connection) -> None:
    """A member answers the only thread; nothing has been sent yet."""
    (thread,) = await play.threads()
    draft = replies.Draft(conversation=ConversationId(thread["id"]), text="Hello", answers=None, version=None, member=play.member)
    locked = await replies.channel_of(connection, play.workspace, draft.conversation)
    await replies.post_reply(connection, play.channel, locked, draft, now=play.now)


async def queued(play: Play) -> int:
    """How many replies there are."""
    count: int = await play.owner.fetchval("SELECT count(*) FROM engagement.reply WHERE workspace_id = $1", play.workspace)
    return count


async def test_a_reply_on_a_channel_that_ended_a_moment_ago_is_refused(play: Play) -> None:
    await play.says("ana")
    await ends(play)
    assert play.channel.active, "this process has not heard of it yet"
    with pytest.raises(ChannelDisconnectedError):
        async with play.database.transaction(play.workspace) as connection:
            await queues(play, connection)
    assert await queued(play) == 0
    assert len(await play.rows()) == 1


async def test_a_channel_does_not_end_beneath_a_reply_that_is_being_written(play: Play) -> None:
    await play.says("ana")
    async with play.database.transaction(play.workspace) as connection:
        await queues(play, connection)
        ending = asyncio.ensure_future(ends(play))
        done, _ = await asyncio.wait([ending], timeout=0.1)
        assert not done
    with pytest.raises(RepliesWaitingError):
        await ending
    assert await queued(play) == 1


@pytest.mark.parametrize("ended", [False, True])
async def test_e19_who_wrote_to_a_channel_that_ended_meanwhile_is_told_nothing(play: Play, *, ended: bool) -> None:
    closed = replace(play.channel, hours=Hours(time_zone="UTC", week=((),) * 7, notice="We are away."))
    message = play.message("ana")
    if ended:
        await ends(play)
    async with play.database.transaction(play.workspace) as connection:
        recorded = await record(connection, closed, [Item(b"m", message, play.now)], reader=play.reader, now=play.now)
        told = await give_notices(connection, closed, recorded.events, now=play.now)
    assert (len(told), await queued(play)) == ((0, 0) if ended else (1, 1))
