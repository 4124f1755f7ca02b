"""Files of visitors: handed in by leave of the door, kept as what their bytes say, shown to members, gone with their message."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.errors import MediaRefusedError
from services.engagement.settings import EngagementSettings
from services.engagement.visitors import messages
from services.engagement.visitors.messages import FILE_RATE
from services.engagement.visitors.tokens import Pass, Place
from services.engagement.visitors.uploads import LIFE, SIZE_LIMIT_BYTES, Leave, Leaves
from services.kit.db import Database
from services.kit.errors import RateLimitedError
from tests.engagement.conftest import Service
from tests.engagement.media.test_media import PICTURE, path_of
from tests.engagement.waiting import journal_settled, only_thread, until
from tests.engagement.widget import ORIGIN, Browser, Site


@pytest.fixture
def service(own_service: Service) -> Service:
    """Alone: how much an address may do is counted for the whole process."""
    return own_service


async def opened(service: Service) -> Browser:
    """A visitor's browser with a session."""
    browser = (await Site.connected(service)).browser()
    told = await browser.open()
    assert told["files"]["limit_bytes"] == SIZE_LIMIT_BYTES
    assert "image/png" in told["files"]["types"]
    return browser


async def leave(browser: Browser, *, size: int = len(PICTURE)) -> str:
    """The door's leave for one file."""
    given = await browser.post("uploads", {"size_bytes": size})
    assert given.status_code == 200, given.text
    return str(given.json()["file"])


async def hand_in(service: Service, token: str, content: bytes = PICTURE, *, name: str = "lamp.png") -> httpx.Response:
    """The bytes, as a page of the site sends them: without any header that a browser would ask about first."""
    return await service.http.post(f"/media/{token}", params={"name": name}, content=content, headers={"origin": ORIGIN})


async def send(browser: Browser, *tokens: str, text: str = "", number: str = "message-1") -> httpx.Response:
    """A message with files."""
    return await browser.post("messages", {"id": number, "text": text, "files": list(tokens)})


async def test_a_visitors_picture_is_shown_to_members_and_in_the_visitors_own_panel(service: Service) -> None:
    browser = await opened(service)
    token = await leave(browser)
    for _ in range(2):
        taken = await hand_in(service, token)
        assert (taken.status_code, taken.headers["access-control-allow-origin"]) == (201, "*"), taken.text
        assert taken.json() == {"name": "lamp.png", "type": "image/png", "size_bytes": len(PICTURE)}
    first, again = await send(browser, token), await send(browser, token)
    assert (first.status_code, first.content) == (200, again.content), first.text
    await journal_settled(service, count=1)
    (message,) = await only_thread(service)
    (attachment,) = message["attachments"]
    assert (attachment["kind"], attachment["name"], attachment["content_type"]) == ("image", "lamp.png", "image/png")
    assert (message["text"], message["ledger"]) == ("", "owed")
    media = (await service.get(f"/v1/media/{attachment['media_id']}")).json()
    assert (media["state"], media["source"]) == ("stored", "visitor")
    assert (await service.http.get(path_of(media["url"]))).content == PICTURE
    await browser.fetch()
    (entry,) = browser.entries.values()
    assert (await service.http.get(path_of(entry["attachments"][0]["url"]))).content == PICTURE


async def test_a_file_goes_with_its_message(service: Service, database_url: str, settings: EngagementSettings) -> None:
    browser = await opened(service)
    token = await leave(browser)
    await hand_in(service, token)
    await send(browser, token, text="This one")
    await journal_settled(service, count=1)
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        await owner.execute("UPDATE engagement.interaction SET attachments = NULL")
        await until(lambda: _forgotten(owner), within_seconds=30)
    finally:
        await owner.close()
    assert [path for path in (settings.media_folder or Path()).rglob("*") if path.is_file()] == []


async def test_a_file_that_no_message_takes_is_gone_after_a_day(service: Service, database_url: str) -> None:
    browser = await opened(service)
    kept, left = await leave(browser), await leave(browser)
    for token in (kept, left):
        await hand_in(service, token)
    await send(browser, kept)
    await journal_settled(service, count=1)
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        due = await owner.fetch("SELECT due_at, created_at FROM engagement.media ORDER BY due_at NULLS FIRST")
        assert [row["due_at"] and row["due_at"] - row["created_at"] for row in due] == [None, timedelta(days=1)]
        await owner.execute("UPDATE engagement.media SET due_at = now() WHERE due_at IS NOT NULL")

        async def one() -> bool:
            return bool(await owner.fetchval("SELECT count(*) = 1 FROM engagement.media"))

        await until(one, within_seconds=30)
    finally:
        await owner.close()
    refused = await send(browser, left, number="message-2")
    assert (refused.status_code, refused.json()["code"]) == (422, "media_refused")


async def test_what_is_too_large_or_could_run_is_refused(service: Service) -> None:
    browser = await opened(service)
    refused = await browser.post("uploads", {"size_bytes": SIZE_LIMIT_BYTES + 1})
    assert (refused.status_code, refused.json()["code"]) == (422, "media_refused")
    token = await leave(browser)
    for content in (b"<!doctype html><script>alert(1)</script>", b"PK\x03\x04", b"MZ\x90\x00", b""):
        answer = await hand_in(service, token, content, name="lamp.png")
        assert (answer.status_code, answer.json()["code"]) == (422, "media_refused"), content
        assert answer.headers["access-control-allow-origin"] == "*"
    # The answer may be lost with the connection, for the rest of the body is not read.
    with suppress(httpx.TransportError):
        large = await hand_in(service, token, bytes(SIZE_LIMIT_BYTES + 1))
        assert (large.status_code, large.headers["access-control-allow-origin"]) == (413, "*")
    unsent = await send(browser, token)
    assert (unsent.status_code, unsent.json()["code"]) == (422, "media_refused")
    for body in ({"id": "message-2", "text": " "}, {"id": "message-2", "text": "x", "files": ["x"] * 6}, {"id": "message-2", "files": "x"}):
        assert (await browser.post("messages", body)).status_code in {400, 422}, body
    assert (await service.get("/v1/journal")).json()["items"] == []


async def test_nobody_sends_anothers_file_nor_without_leave(service: Service) -> None:
    owner, thief = await opened(service), await opened(service)
    token = await leave(owner)
    assert (await hand_in(service, token)).status_code == 201
    stolen = await send(thief, token)
    assert (stolen.status_code, stolen.json()["code"]) == (422, "media_refused")
    for forged in (token[:-4] + "AAAA", "x", "é"):
        assert (await hand_in(service, forged)).status_code in {400, 422}
        assert (await send(owner, forged)).status_code == 422
    stranger = (await Site.connected(service)).browser()
    assert (await stranger.post("uploads", {"size_bytes": 1})).status_code == 401
    assert (await service.http.get(f"/media/{token}")).status_code == 404


async def test_a_visitor_hands_in_so_many_and_no_more_whichever_process_is_asked(
    service: Service, database_url: str, settings: EngagementSettings
) -> None:
    browser = await opened(service)
    most = int(FILE_RATE.burst)
    for _ in range(most - 1):
        await leave(browser)
    await _ask_elsewhere(settings, database_url, service)
    refused = await browser.post("uploads", {"size_bytes": 1})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) <= 30
    with pytest.raises(RateLimitedError):
        await _ask_elsewhere(settings, database_url, service)


async def _ask_elsewhere(settings: EngagementSettings, database_url: str, service: Service) -> None:
    """The only visitor asks another process for leave, which has nothing but the database in common with the first."""
    owner = await asyncpg.connect(database_url, timeout=10)
    visitor = await owner.fetchrow("SELECT id, channel_id FROM engagement.visitor")
    await owner.close()
    database, now = Database(settings.role_url("engagement", role="app"), name="test", size=1), datetime.now(UTC)
    await database.open()
    try:
        async with database.transaction(service.workspace) as connection:
            presented = Pass(visitor=visitor["id"], signed_in=False, expires_at=now)
            await messages.count_file(connection, Place(service.workspace, visitor["channel_id"]), presented, now=now)
    finally:
        await database.close()


def test_leave_ends_after_a_day() -> None:
    leaves, now = Leaves(b"k" * 32), datetime(2026, 3, 1, tzinfo=UTC)
    given = Leave(Place(WorkspaceId(uuid4()), ChannelId(uuid4())), uuid4(), UUID(int=7))
    token = leaves.make(given, now=now)
    assert leaves.read(token, now=now + LIFE - timedelta(seconds=1)) == given
    with pytest.raises(MediaRefusedError):
        leaves.read(token, now=now + LIFE)
    with pytest.raises(MediaRefusedError):
        Leaves(b"j" * 32).read(token, now=now)


async def _forgotten(owner: "asyncpg.Connection[Any]") -> bool:
    return bool(await owner.fetchval("SELECT count(*) = 0 FROM engagement.media"))
