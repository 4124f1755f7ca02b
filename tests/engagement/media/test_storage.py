"""Both stores keep a promise: what was put comes back byte for byte, what was deleted does not, and trouble is said."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.engagement.media.storage import BucketStorage, FolderStorage, NoStorage, Storage, StorageUnavailableError
from tests.engagement.media.bucket import BUCKET, KEY_ID, REGION, SECRET, Bucket, running_bucket

CONTENT = bytes(range(256)) * 5_000


@pytest.fixture
async def bucket() -> AsyncIterator[Bucket]:
    async with running_bucket() as running:
        yield running


def in_bucket(bucket: Bucket, *, secret: str = SECRET) -> BucketStorage:
    return BucketStorage(BUCKET, endpoint=bucket.url, region=REGION, key_id=KEY_ID, secret=secret)


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, bucket: Bucket) -> Storage:
    return FolderStorage(tmp_path) if request.param == "folder" else in_bucket(bucket)


async def whole(storage: Storage, key: str) -> bytes:
    return b"".join([chunk async for chunk in storage.get(key)])


async def test_what_was_put_comes_back_until_it_is_deleted(storage: Storage) -> None:
    await storage.put("w/one", io.BytesIO(CONTENT))
    await storage.put("w/two", io.BytesIO(b"2"))
    assert await whole(storage, "w/one") == CONTENT
    await storage.delete("w/one")
    await storage.delete("w/one")
    with pytest.raises(StorageUnavailableError):
        await whole(storage, "w/one")
    assert await whole(storage, "w/two") == b"2"


def test_a_folder_holds_files_of_ours_alone(tmp_path: Path) -> None:
    asyncio.run(FolderStorage(tmp_path).put("w/one", io.BytesIO(b"1")))
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == ["w", "w/one"]
    assert (tmp_path / "w").stat().st_mode & 0o077 == 0


async def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "w").write_text("a file where a folder should be")
    with pytest.raises(StorageUnavailableError):
        await FolderStorage(tmp_path).put("w/one", io.BytesIO(b"1"))


async def test_a_bucket_that_refuses_is_said(bucket: Bucket) -> None:
    with pytest.raises(StorageUnavailableError):
        await in_bucket(bucket, secret="wrong").put("w/one", io.BytesIO(b"1"))
    assert bucket.objects == {}


async def test_without_a_place_for_files_the_next_step_is_said() -> None:
    with pytest.raises(StorageUnavailableError, match="MEDIA_FOLDER"):
        await NoStorage().put("w/one", io.BytesIO(b"1"))
    with pytest.raises(StorageUnavailableError, match="MEDIA_FOLDER"):
        NoStorage().get("w/one")
