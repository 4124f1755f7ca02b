"""Hides and likes on the platform what people said there. Called by the REST edge; the platform is asked while no transaction is open.

Each of these may be asked for twice without harm, so what is in doubt is simply asked for again by whoever wanted it. Not for what we
said ourselves: that is edited and deleted as a reply.
"""

import asyncio
from datetime import datetime

import asyncpg
import structlog

from services.contracts.ids import InteractionId, MemberId, WorkspaceId
from services.contracts.interaction import Author
from services.contracts.views.composing import ModerationView
from services.contracts.vocabulary import Direction, Moderation
from services.engagement.channel_errors import ChannelDisconnectedError, PlatformAwayError, PlatformRefusedError
from services.engagement.errors import InteractionNotFoundError, NotSupportedByPlatformError
from services.engagement.protocol import Hides, Likes, Net, RejectedError, SendError
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import moderating as statements
from services.engagement.statements import reading
from services.kit.db import Connection

ASK_SECONDS = 8.0
REASON_CHARS = 300
_HIDDEN = {Moderation.HIDE: True, Moderation.SHOW: False}
_LIKED = {Moderation.LIKE: True, Moderation.UNLIKE: False}

log = structlog.get_logger()


class Moderator:
    """Asks platforms. `net` is the way out."""

    def __init__(self, net: Net, *, timeout_seconds: float = ASK_SECONDS) -> None:
        self._net = net
        self._timeout_seconds = timeout_seconds

    async def ask(self, channel: ConnectedChannel, said: asyncpg.Record, act: Moderation) -> None:
        """Have it done. Raises ChannelDisconnectedError, NotSupportedByPlatformError, PlatformRefusedError, PlatformAwayError."""
        if not channel.active:
            raise ChannelDisconnectedError
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._call(channel, said, act)
        except RejectedError as error:
            raise PlatformRefusedError(error.reason[:REASON_CHARS], reason=error.reason[:REASON_CHARS]) from error
        except SendError as error:
            raise PlatformAwayError(error.reason[:REASON_CHARS]) from error
        except TimeoutError as error:
            raise PlatformAwayError(f"It did not answer within {self._timeout_seconds:g} seconds.") from error

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


async def note(
    connection: Connection, workspace: WorkspaceId, interaction: InteractionId, act: Moderation, *, member: MemberId | None, now: datetime
) -> ModerationView:
    """Remember what was done."""
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
