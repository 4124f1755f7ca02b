"""Takes a file in: reads it piece by piece beside memory, says what it is by its bytes, keeps it. Called by the upload and the keeper."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.engagement.errors import MediaKeyReusedError, MediaRefusedError
from services.engagement.media.sniffing import HEAD_BYTES, PIXELS_LIMIT, Sniffed, sniff
from services.engagement.media.storage import Storage, key_of
from services.engagement.statements import media as statements
from services.kit.db import Database

SIZE_LIMIT_BYTES = 25 << 20
IN_MEMORY_BYTES = 1 << 20
NAME_LIMIT_CHARS = 200
GIVEN_UP_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Spooled:
    """A whole file, read once: where it is, how large, what."""

    file: IO[bytes]
    size_bytes: int
    sha256: bytes
    sniffed: Sniffed


@asynccontextmanager
async def spooled(chunks: AsyncIterator[bytes]) -> AsyncIterator[Spooled]:
    """A file from its pieces, on the disk beyond its first MiB, for as long as the block lasts. Raises MediaRefusedError."""
    digest, size, head = hashlib.sha256(), 0, b""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
        async for chunk in chunks:
            size += len(chunk)
            if size > SIZE_LIMIT_BYTES:
                raise MediaRefusedError("A file has at most 25 MiB.", limit_bytes=SIZE_LIMIT_BYTES)
            digest.update(chunk)
            head += chunk[: HEAD_BYTES - len(head)]
            await asyncio.to_thread(file.write, chunk)
        if size == 0:
            raise MediaRefusedError("The file is empty.")
        found = sniff(head)
        if found.is_bomb():
            raise MediaRefusedError(f"A picture has at most {PIXELS_LIMIT:,} pixels, and tells them in its first 64 KiB.")
        file.seek(0)
        yield Spooled(file, size, digest.digest(), found)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way. With a `key` (the caller's Idempotency-Key, hashed) `id` follows from it."""

    id: UUID
    name: str
    member: UUID | None
    repeatable: bool
    source: str = "upload"


async def take_in(
    database: Database, storage: Storage, workspace: WorkspaceId, upload: Upload, file: Spooled, *, now: datetime
) -> tuple[asyncpg.Record, bool]:
    """Keep an uploaded file; gives its row, and whether it was there before. Raises MediaKeyReusedError, StorageUnavailableError.

    The row comes first, so that no file lies where nobody knows of it; it counts when the file is there.
    """
    async with database.transaction(workspace) as connection:
        new = await statements.begin_upload(
            connection,
            workspace,
            upload.id,
            name=upload.name,
            source=upload.source,
            member=upload.member,
            now=now,
            given_up_after=GIVEN_UP_AFTER,
        )
        if not new:
            earlier = await statements.media_by_id(connection, workspace, [upload.id])
            if earlier and earlier[0]["sha256"] == file.sha256:
                return earlier[0], True
            if earlier:
                raise MediaKeyReusedError
    row = await keep(database, storage, workspace, upload.id, file)
    if row is None:
        raise MediaRefusedError("It was withdrawn while it came in.")
    return row, False


async def keep(database: Database, storage: Storage, workspace: WorkspaceId, media: UUID, file: Spooled) -> asyncpg.Record | None:
    """Put a file into the store and say so; None where nobody waits for it any more."""
    await storage.put(key_of(workspace, media), file.file)
    async with database.transaction(workspace) as connection:
        row = await statements.store_media(
            connection,
            workspace,
            media,
            type_=file.sniffed.type,
            size_bytes=file.size_bytes,
            width=file.sniffed.width,
            height=file.sniffed.height,
            sha256=file.sha256,
        )
        if row is not None and row["interaction_id"] is not None:
            await statements.name_in_history(connection, workspace, row["interaction_id"], place=row["place"], media=media)
    return row
