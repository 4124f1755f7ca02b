"""Where files lie: one small interface, a folder by default, or an S3-compatible store. Called by the modules of this package.

A key is `<workspace>/<id>`, made by us: no name of anybody's becomes a path. Knows nothing of types, rights or rows.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import IO, Protocol
from uuid import UUID

from obstore.exceptions import BaseError
from obstore.store import S3Store

from services.contracts.ids import WorkspaceId
from services.engagement.settings import EngagementSettings
from services.kit.errors import UnavailableError

CHUNK_BYTES = 256 * 1024
TIMEOUT_SECONDS = 60


class StorageUnavailableError(UnavailableError):
    """The store does not answer, has no room, or does not have what it was given."""

    code = "storage_unavailable"
    title = "The file store cannot be reached"


class Storage(Protocol):
    """A store of files by key."""

    async def put(self, key: str, file: IO[bytes]) -> None:
        """Keep a file, whole or not at all. Raises StorageUnavailableError."""
        ...

    def get(self, key: str) -> AsyncIterator[bytes]:
        """The file in pieces. Raises StorageUnavailableError, also where it has none."""
        ...

    async def delete(self, key: str) -> None:
        """Remove a file; one that is not there is no error. Raises StorageUnavailableError."""
        ...


def key_of(workspace: WorkspaceId, media: UUID) -> str:
    """Under which key a file lies."""
    return f"{workspace}/{media}"


class NoStorage:
    """Where nobody said where files may lie: everything else works, files do not."""

    async def put(self, key: str, file: IO[bytes]) -> None:
        """See Storage."""
        del key, file
        raise StorageUnavailableError(_ADVICE)

    def get(self, key: str) -> AsyncIterator[bytes]:
        """See Storage."""
        del key
        raise StorageUnavailableError(_ADVICE)

    async def delete(self, key: str) -> None:
        """See Storage."""
        del key
        raise StorageUnavailableError(_ADVICE)


_ADVICE = "No place for files is set: set MEDIA_FOLDER, or MEDIA_BUCKET and its access."


class FolderStorage:
    """A folder of this machine, or one that all machines share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, file: IO[bytes]) -> None:
        """See Storage: written beside its place, brought to the disk, then moved."""
        try:
            await asyncio.to_thread(self._write, key, file)
        except OSError as error:
            raise StorageUnavailableError from error

    async def get(self, key: str) -> AsyncIterator[bytes]:
        """See Storage."""
        try:
            file = await asyncio.to_thread(open, self._folder / key, "rb")
            try:
                while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                    yield chunk
            finally:
                file.close()
        except OSError as error:
            raise StorageUnavailableError from error

    async def delete(self, key: str) -> None:
        """See Storage."""
        try:
            await asyncio.to_thread((self._folder / key).unlink, missing_ok=True)
        except OSError as error:
            raise StorageUnavailableError from error

    def _write(self, key: str, file: IO[bytes]) -> None:
        place = self._folder / key
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = place.with_suffix(".part")
        with beside.open("wb") as written:
            shutil.copyfileobj(file, written, CHUNK_BYTES)
            written.flush()
            os.fsync(written.fileno())
        beside.replace(place)


class BucketStorage:
    """A bucket of an S3-compatible store."""

    def __init__(self, bucket: str, *, endpoint: str | None, region: str, key_id: str, secret: str) -> None:
        self._store = S3Store(
            bucket,
            endpoint=endpoint,
            region=region,
            access_key_id=key_id,
            secret_access_key=secret,
            virtual_hosted_style_request=False,
            client_options={"allow_http": endpoint is not None, "timeout": timedelta(seconds=TIMEOUT_SECONDS)},
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=TIMEOUT_SECONDS)},
        )

    async def put(self, key: str, file: IO[bytes]) -> None:
        """See Storage."""
        try:
            await self._store.put_async(key, file)
        except (BaseError, OSError) as error:
            raise StorageUnavailableError from error

    async def get(self, key: str) -> AsyncIterator[bytes]:
        """See Storage."""
        try:
            found = await self._store.get_async(key)
            async for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)
        except (BaseError, OSError) as error:
            raise StorageUnavailableError from error

    async def delete(self, key: str) -> None:
        """See Storage."""
        try:
            await self._store.delete_async(key)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise StorageUnavailableError from error


def storage_of(settings: EngagementSettings) -> Storage:
    """Where files lie: the bucket that is named, else the folder."""
    if settings.media_bucket:
        return BucketStorage(
            settings.media_bucket,
            endpoint=settings.media_endpoint,
            region=settings.media_region,
            key_id=settings.media_key_id,
            secret=settings.media_secret.get_secret_value(),
        )
    return NoStorage() if settings.media_folder is None else FolderStorage(settings.media_folder)
