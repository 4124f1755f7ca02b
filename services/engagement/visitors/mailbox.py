"""The mailboxes into which the connector's `send` puts replies. Given to the registry by the composition; has transactions of its own.

Committed on return: a reply that was put in is sent.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.protocol import InDoubtError, Letter, NotFoundError, NotSentError, RateLimitedError
from services.engagement.statements import visitors as statements
from services.engagement.visitors.tokens import Place
from services.kit.clock import Clock
from services.kit.db import Connection, Database, DatabaseUnavailableError

# Whoever has not fetched so many does not come back soon.
MOST_UNREAD = 200
FULL_RETRY_SECONDS = 1800.0


class Mailboxes:
    """The mailboxes of all channels. `arrived` is told whose mailbox changed."""

    def __init__(self, database: Database, *, clock: Clock, arrived: Callable[[UUID], None]) -> None:
        self._database = database
        self._clock = clock
        self._arrived = arrived

    def of(self, workspace: WorkspaceId, channel: ChannelId) -> "ChannelMailbox":
        """The mailboxes of one channel's visitors."""
        return ChannelMailbox(Place(workspace, channel), self._database, clock=self._clock, arrived=self._arrived)


class ChannelMailbox:
    """Keeps protocol.Mailbox for one channel."""

    def __init__(self, place: Place, database: Database, *, clock: Clock, arrived: Callable[[UUID], None]) -> None:
        self._place = place
        self._database = database
        self._clock = clock
        self._arrived = arrived

    async def put(self, letter: Letter) -> None:
        """See protocol.Mailbox."""
        visitor = _visitor_id(letter)
        async with self._writing() as connection:
            await self._put(connection, visitor, letter)
        self._arrived(visitor)

    async def holds(self, letter: str) -> bool:
        """See protocol.Mailbox."""
        async with self._writing() as connection:
            return await statements.reply_entry(connection, self._place.workspace, letter) is not None

    async def change(self, letter: str, *, text: str | None) -> None:
        """See protocol.Mailbox."""
        workspace = self._place.workspace
        async with self._writing() as connection:
            entry = await statements.reply_entry(connection, workspace, letter)
            if entry is None:
                raise NotFoundError("the message is in no mailbox")
            visitor: UUID = entry["visitor_id"]
            await statements.locked_visitor(connection, workspace, self._place.channel, visitor)
            await statements.change_entry(connection, workspace, visitor, letter, text=text, now=self._clock.now())
        self._arrived(visitor)

    async def _put(self, connection: Connection, visitor: UUID, letter: Letter) -> None:
        workspace = self._place.workspace
        if await statements.locked_visitor(connection, workspace, self._place.channel, visitor) is None:
            raise NotFoundError("this visitor has no mailbox here")
        if await statements.entry_of(connection, workspace, visitor, letter.id) is not None:
            return
        if await statements.unread_count(connection, workspace, visitor, limit=MOST_UNREAD) >= MOST_UNREAD:
            raise RateLimitedError(f"the visitor has not fetched the last {MOST_UNREAD}", retry_after_seconds=FULL_RETRY_SECONDS)
        attachments = msgspec.to_builtins(letter.attachments) or None
        values = (letter.id, False, letter.text, attachments, self._clock.now())
        await statements.append_entry(connection, workspace, visitor, values)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[Connection]:
        """A transaction, with the protocol's errors: what the server refused is not written; a lost connection leaves doubt."""
        try:
            async with self._database.transaction(self._place.workspace) as connection:
                yield connection
        except DatabaseUnavailableError as error:
            raise InDoubtError("the database went away") from error
        except asyncpg.PostgresError as error:
            raise NotSentError(f"the database refused it: {type(error).__name__}") from error


def _visitor_id(letter: Letter) -> UUID:
    try:
        return UUID(letter.visitor)
    except ValueError as error:
        raise NotFoundError("this is no visitor of the widget") from error
