"""Hides and likes on the platform what people said there. Called by the REST edge; the platform is asked while no transaction is open.

Each of these may be asked for twice without harm, so what is in doubt is simply asked for again by whoever wanted it. One at a time asks
about an interaction, under a lease, so what is noted last was done last. What we said ourselves is edited and deleted as a reply instead.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import structlog

from services.contracts.ids import InteractionId, MemberId, WorkspaceId
from services.contracts.interaction import Author
from services.contracts.views.composing import ModerationView
from services.contracts.vocabulary import Direction, Moderation
from services.engagement.channel_errors import ChannelDisconnectedError, ModerationUnderwayError, PlatformAwayError, PlatformRefusedError
from services.engagement.errors import InteractionNotFoundError, NotSupportedByPlatformError
from services.engagement.protocol import Hides, Likes, Net, RejectedError, SendError
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import moderating as statements
from services.engagement.statements import reading
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.ids import new_id

# Waiting for one's turn and asking together stay below what the gateway waits for a command.
SECONDS = 8.0
WAIT_SECONDS = 2.0
LOOK_AGAIN_SECONDS = 0.1
# Outlives the asking by much, so that it ends only where a process did.
LEASE = timedelta(seconds=30)
REASON_CHARS = 300
_HIDDEN = {Moderation.HIDE: True, Moderation.SHOW: False}
_LIKED = {Moderation.LIKE: True, Moderation.UNLIKE: False}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Turn:
    """The leave to ask about an interaction; `until` is a time of the event loop by which the platform has to have answered."""

    holder: UUID
    until: float


class Moderator:
    """Asks platforms. `net` is the way out, `database` of the role `app`; `seconds` are for waiting and asking together."""

    def __init__(self, net: Net, database: Database, *, clock: Clock, seconds: float = SECONDS) -> None:
        self._net = net
        self._database = database
        self._clock = clock
        self._seconds = seconds

    @asynccontextmanager
    async def turn(self, workspace: WorkspaceId, interaction: InteractionId) -> AsyncIterator[Turn]:
        """While this lasts nobody else asks the platform about this interaction. Raises ModerationUnderwayError."""
        turn = Turn(holder=new_id(), until=asyncio.get_running_loop().time() + self._seconds)
        try:
            await self._wait_for(workspace, interaction, turn)
            yield turn
        finally:
            async with self._database.transaction(workspace) as connection:
                await statements.end_turn(connection, workspace, interaction, holder=turn.holder)

    async def ask(self, channel: ConnectedChannel, said: asyncpg.Record, act: Moderation, *, turn: Turn) -> None:
        """Have it done. Raises ChannelDisconnectedError, NotSupportedByPlatformError, PlatformRefusedError, PlatformAwayError."""
        if not channel.active:
            raise ChannelDisconnectedError
        try:
            async with asyncio.timeout_at(turn.until):
                await self._call(channel, said, act)
        except RejectedError as error:
            raise PlatformRefusedError(error.reason[:REASON_CHARS], reason=error.reason[:REASON_CHARS]) from error
        except SendError as error:
            raise PlatformAwayError(error.reason[:REASON_CHARS]) from error
        except TimeoutError as error:
            raise PlatformAwayError(f"It did not answer within {self._seconds:g} seconds.") from error

    async def _wait_for(self, workspace: WorkspaceId, interaction: InteractionId, turn: Turn) -> None:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while True:
                    if await self._take(workspace, interaction, turn):
                        return
                    await asyncio.sleep(LOOK_AGAIN_SECONDS)
        except TimeoutError as error:
            raise ModerationUnderwayError from error

    async def _take(self, workspace: WorkspaceId, interaction: InteractionId, turn: Turn) -> bool:
        now = self._clock.now()
        async with self._database.transaction(workspace) as connection:
            return await statements.take_turn(connection, workspace, interaction, holder=turn.holder, now=now, until=now + LEASE)

    async def _call(self, channel: ConnectedChannel, said: asyncpg.Record, act: Moderation) -> None:
        connector, name, title = channel.connector, said["external_id"], channel.connector.declaration.title
        if act in _HIDDEN:
            if not isinstance(connector, Hides):
                raise NotSupportedByPlatformError(f"{title} lets us hide nothing.")
            await connector.hide(name, hidden=_HIDDEN[act], channel=channel.access, net=self._net)
        else:
            if not isinstance(connector, Likes):
                raise NotSupportedByPlatformError(f"{title} lets us like nothing.")
            await connector.like(name, author=_author_of(said), liked=_LIKED[act], channel=channel.access, net=self._net)


async def get_said(connection: Connection, workspace: WorkspaceId, interaction: InteractionId) -> asyncpg.Record:
    """What a person said. Raises InteractionNotFoundError, also for our own words and for what was taken back."""
    rows = await reading.whole_interactions(connection, workspace, [interaction])
    if not rows or rows[0]["direction"] != Direction.INBOUND or rows[0]["deleted_at"] is not None:
        raise InteractionNotFoundError
    return rows[0]


async def note(  # noqa: PLR0913 - who did what, when and by which leave
    connection: Connection,
    workspace: WorkspaceId,
    interaction: InteractionId,
    act: Moderation,
    *,
    turn: Turn,
    member: MemberId | None,
    now: datetime,
) -> ModerationView:
    """Remember what was done. Raises ModerationUnderwayError where it took so long that another one asks by now."""
    if not await statements.keep_turn(connection, workspace, interaction, holder=turn.holder):
        raise ModerationUnderwayError
    row = await statements.keep_mark(
        connection, workspace, interaction, hidden=_HIDDEN.get(act), liked=_LIKED.get(act), member=member, now=now
    )
    if row is None:
        raise InteractionNotFoundError
    return moderation_view(row)


def moderation_view(row: asyncpg.Record) -> ModerationView:
    """A row of `moderation_mark`."""
    return ModerationView(
        interaction_id=InteractionId(row["interaction_id"]),
        hidden=row["hidden"],
        liked=row["liked"],
        member_id=row["member_id"],
        changed_at=row["changed_at"],
    )


def _author_of(said: asyncpg.Record) -> Author:
    return Author(
        network=said["author_network"], scope=said["author_scope"], external_id=said["author_external_id"], handle=said["author_handle"]
    )
