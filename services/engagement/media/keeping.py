"""Fetches what platforms bring and removes what is taken back, in the background. Run by `main`; several processes share the work.

A file is fetched through the guarded way out, which reaches no inside address; a connector that opens its files says where they lie and
by which headers. What cannot be fetched stays the platform's link.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import structlog

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.errors import MediaRefusedError
from services.engagement.media.receiving import SIZE_LIMIT_BYTES, keep, spooled
from services.engagement.media.storage import Storage, StorageUnavailableError, key_of
from services.engagement.network import PlatformNet
from services.engagement.protocol import MediaAddress, NotFoundError, OpensMedia, SendError
from services.engagement.registry import ChannelRegistry
from services.engagement.statements import media as statements
from services.kit.clock import Clock
from services.kit.db import Database, DatabaseUnavailableError
from services.kit.net import AnswerTooLargeError, ForbiddenAddressError, Net, NetError

ROUND_SECONDS = 2.0
BATCH = 10
WORKSPACES_A_ROUND = 50
FETCH_SECONDS = 60.0
# Again after two minutes, then after four, eight...; longer than a fetch may take, so that no two fetch one file.
AGAIN_AFTER = timedelta(minutes=2)
ATTEMPTS = 5
OK = 200
REASON_LIMIT_CHARS = 300

log = structlog.get_logger()


class Keeper:
    """Works off the files that are due. `worker` sees where, `database` (role `app`) does it."""

    def __init__(
        self, database: Database, *, worker: Database, storage: Storage, registry: ChannelRegistry, net: Net, clock: Clock
    ) -> None:
        self._database = database
        self._registry = registry
        self._worker = worker
        self._storage = storage
        self._net = net
        self._clock = clock

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await self.round()
            except (DatabaseUnavailableError, StorageUnavailableError, asyncpg.PostgresError) as error:
                log.info("media_interrupted", error=type(error).__name__)
            await asyncio.sleep(ROUND_SECONDS)

    async def round(self) -> None:
        """What is due in some workspaces, a batch in each."""
        now = self._clock.now()
        async with self._worker.transaction() as connection:
            workspaces = await statements.workspaces_with_due_media(connection, now=now, limit=WORKSPACES_A_ROUND)
        for workspace in workspaces:
            async with self._database.transaction(workspace) as connection:
                rows = await statements.claim_media(connection, workspace, now=now, again_at=now + AGAIN_AFTER, limit=BATCH)
            async with asyncio.TaskGroup() as group:
                for row in rows:
                    group.create_task(self._work_off(workspace, row))

    async def _work_off(self, workspace: WorkspaceId, row: asyncpg.Record) -> None:
        """One failing holds up no other; it is due again."""
        try:
            match row["state"]:
                case "wanted":
                    await self._fetch(workspace, row)
                case "stored":
                    async with self._database.transaction(workspace) as connection:
                        await statements.expire_upload(connection, workspace, row["id"], now=self._clock.now())
                case _:
                    await self._remove(workspace, row["id"])
        except (StorageUnavailableError, DatabaseUnavailableError, asyncpg.PostgresError) as error:
            log.warning("media_not_done", media_id=str(row["id"]), state=row["state"], error=type(error).__name__)
        except Exception as error:
            log.exception("media_failed", media_id=str(row["id"]), state=row["state"], error=type(error).__name__)

    async def _fetch(self, workspace: WorkspaceId, row: asyncpg.Record) -> None:
        try:
            at = await self._address_of(row)
            answer = await self._net.request("GET", at.url, headers=at.headers, timeout_seconds=FETCH_SECONDS, max_bytes=SIZE_LIMIT_BYTES)
            if answer.status == OK:
                async with spooled(_once(answer.body)) as file:
                    await keep(self._database, self._storage, workspace, row["id"], file)
                return
            final, reason = answer.status in {401, 403, 404, 410}, f"the platform answered {answer.status}"
        except (MediaRefusedError, AnswerTooLargeError, ForbiddenAddressError, NotFoundError) as error:
            final, reason = True, _reason(error)
        except (NetError, SendError) as error:
            final, reason = False, _reason(error)
        if final or row["attempts"] >= ATTEMPTS:
            async with self._database.transaction(workspace) as connection:
                await statements.refuse_media(connection, workspace, row["id"], reason=reason)

    async def _address_of(self, row: asyncpg.Record) -> MediaAddress:
        """Where the file lies: as the connector says at this moment, where it has a say, else as the attachment says."""
        channel = self._registry.find(ChannelId(row["channel_id"])) if row["channel_id"] else None
        if channel is None or not isinstance(channel.connector, OpensMedia):
            return MediaAddress(url=row["source_url"])
        return await channel.connector.open_media(row["source_url"], channel=channel.access, net=PlatformNet(self._net))

    async def _remove(self, workspace: WorkspaceId, media: UUID) -> None:
        await self._storage.delete(key_of(workspace, media))
        async with self._database.transaction(workspace) as connection:
            await statements.forget_media(connection, workspace, media)


def _reason(error: Exception) -> str:
    match error:
        case AnswerTooLargeError():
            return "it is larger than 25 MiB"
        case ForbiddenAddressError():
            return "its address is not one of the open web"
        case MediaRefusedError():
            return str(error) or error.title
        case SendError():
            return f"the platform does not open it: {error.reason}"[:REASON_LIMIT_CHARS]
    return "its address does not answer"


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
