"""Our files as the sender's connectors get them: by a link that lasts some days, or whole. Given to the sender by `main`."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.engagement.media.links import Links
from services.engagement.media.storage import Storage, StorageUnavailableError, key_of
from services.engagement.protocol import NotFoundError, NotSentError, UnsendableError
from services.engagement.statements import media as statements
from services.kit.clock import Clock
from services.kit.db import Database, DatabaseUnavailableError

# Whoever is handed a link fetches it soon, but may be away for a weekend.
LINK_LASTS = timedelta(days=7)
READ_SECONDS = 8.0


class Handing:
    """The files of all workspaces. `database` is of the role `app`."""

    def __init__(self, database: Database, *, storage: Storage, links: Links, clock: Clock) -> None:
        self._database = database
        self._storage = storage
        self._links = links
        self._clock = clock

    def of(self, workspace: WorkspaceId) -> "WorkspaceFiles":
        """The files of one workspace."""
        return WorkspaceFiles(workspace, self._database, storage=self._storage, links=self._links, clock=self._clock)


class WorkspaceFiles:
    """Keeps protocol.Files for one workspace."""

    def __init__(self, workspace: WorkspaceId, database: Database, *, storage: Storage, links: Links, clock: Clock) -> None:
        self._workspace = workspace
        self._database = database
        self._storage = storage
        self._links = links
        self._clock = clock

    def link(self, media: UUID) -> str:
        """See protocol.Files."""
        return self._links.make(self._workspace, media, now=self._clock.now(), lasting=LINK_LASTS)

    async def read(self, media: UUID, *, max_bytes: int) -> bytes:
        """See protocol.Files. Nothing has left the house yet: whatever goes wrong here leaves no doubt."""
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await self._read(media, max_bytes=max_bytes)
        except (TimeoutError, StorageUnavailableError, DatabaseUnavailableError, asyncpg.PostgresError) as error:
            raise NotSentError(f"an attachment could not be read: {type(error).__name__}") from error

    async def _read(self, media: UUID, *, max_bytes: int) -> bytes:
        async with self._database.transaction(self._workspace) as connection:
            rows = await statements.media_by_id(connection, self._workspace, [media])
        if not rows or rows[0]["state"] != "stored":
            raise NotFoundError("an attachment was removed before it was sent")
        if rows[0]["size_bytes"] > max_bytes:
            raise UnsendableError(f"an attachment has {rows[0]['size_bytes']} bytes, at most {max_bytes} can go")
        return b"".join([chunk async for chunk in self._storage.get(key_of(self._workspace, media))])
