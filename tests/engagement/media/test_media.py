"""Files over HTTP: what a member uploads and what a platform brings is kept, shown to whoever has a link, and removed for good."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest
from aiohttp import web

from services.engagement.media.receiving import SIZE_LIMIT_BYTES
from services.engagement.settings import EngagementSettings
from tests.engagement.conftest import Service
from tests.engagement.media.test_sniffing import png
from tests.engagement.partner import Partner, change, event
from tests.engagement.waiting import only_thread, until

PICTURE = png(640, 480) + b"the rest of the picture"


async def upload(service: Service, content: bytes, *, name: str = "", **headers: str) -> httpx.Response:
    return await service.http.post("/v1/media", params={"name": name}, content=content, headers={**service.headers(), **headers})


def path_of(link: str) -> str:
    """The path of a link: the public address of tests is nobody's."""
    return "/media/" + link.rpartition("/")[2]


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def test_what_is_uploaded_comes_back_by_its_link_as_what_it_is(service: Service) -> None:
    made = await upload(service, PICTURE, name="Küche.png", **{"content-type": "text/html"})
    assert made.status_code == 201, made.text
    media = made.json()
    assert (media["type"], media["width"], media["height"], media["size_bytes"]) == ("image/png", 640, 480, len(PICTURE))
    assert (media["state"], media["source"], media["name"]) == ("stored", "upload", "Küche.png")
    shown = await service.http.get(path_of(media["url"]))
    assert (shown.status_code, shown.content) == (200, PICTURE)
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["content-disposition"] == "inline; filename*=UTF-8''K%C3%BCche.png"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert (await service.get(f"/v1/media/{media['id']}")).json()["url"] == media["url"]


@pytest.mark.parametrize(
    "content", [b"<!doctype html><script>alert(1)</script>", b'<svg xmlns="x" onload="alert(1)"/>', b"%PDF-1.7", b"PK\x03\x04"]
)
async def test_what_could_run_is_handed_out_as_a_download(service: Service, content: bytes) -> None:
    media = (await upload(service, content, name="a.png", **{"content-type": "image/png"})).json()
    shown = await service.http.get(path_of(media["url"]))
    assert shown.headers["content-type"] == "application/octet-stream"
    assert shown.headers["content-disposition"].startswith("attachment;")


async def test_names_become_no_paths_and_no_headers(service: Service, settings: EngagementSettings) -> None:
    media = (await upload(service, PICTURE, name="..\\../etc/pass\r\nwd\u202etxt")).json()
    assert media["name"] == "passwdtxt"
    assert files_in(settings.media_folder or Path()) == [f"{service.workspace}/{media['id']}"]


async def test_the_same_key_keeps_one_file(service: Service, settings: EngagementSettings) -> None:
    key = {"idempotency-key": "one-click", **service.headers(member=uuid4())}
    first, second = await upload(service, PICTURE, **key), await upload(service, PICTURE, **key)
    assert first.json() == second.json()
    assert (first.headers.get("idempotency-replayed"), second.headers["idempotency-replayed"]) == (None, "true")
    other = await upload(service, b"something else", **key)
    assert (other.status_code, other.json()["code"]) == (422, "media_key_reused")
    assert len(files_in(settings.media_folder or Path())) == 1


REFUSED = {
    "nothing": (b"", 422, "media_refused"),
    "too many pixels": (png(100_000, 100_000), 422, "media_refused"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_not_taken_leaves_nothing(service: Service, settings: EngagementSettings, case: str) -> None:
    content, status, code = REFUSED[case]
    answer = await upload(service, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert files_in(settings.media_folder or Path()) == []


async def test_a_file_that_is_announced_too_large_is_not_read(service: Service, settings: EngagementSettings) -> None:
    place = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    lines = ("POST /v1/media HTTP/1.1", "host: test", f"authorization: {service.headers()['authorization']}", f"content-length: {26 << 20}")
    writer.write("\r\n".join((*lines, "", "")).encode())
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), timeout=10)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413")
    assert files_in(settings.media_folder or Path()) == []


async def test_a_body_of_unknown_length_is_cut_at_the_limit(service: Service, settings: EngagementSettings) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(SIZE_LIMIT_BYTES // (1 << 20) + 5):
            yield bytes(1 << 20)

    # The answer may be lost with the connection, for the rest of the body is not read.
    with suppress(httpx.TransportError):
        answer = await service.http.post("/v1/media", content=endless(), headers=service.headers())
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert files_in(settings.media_folder or Path()) == []


async def test_nobody_else_finds_a_file_and_partners_may_not_upload(service: Service) -> None:
    media = (await upload(service, PICTURE)).json()
    stranger = service.headers(uuid4())
    for answer in (
        await service.http.get(f"/v1/media/{media['id']}", headers=stranger),
        await service.http.delete(f"/v1/media/{media['id']}", headers=stranger),
        await service.get(f"/v1/media/{uuid4()}"),
        await service.http.get(path_of(media["url"])[:-2] + "AA"),
        await service.http.get("/media/nonsense"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "media_not_found")
    body = {"ids": [media["id"]]}
    assert (await service.http.post("/internal/media/by-ids", json=body, headers=stranger)).json() == [None]
    assert (await service.post("/internal/media/by-ids", body)).json() == [media]
    partner = service.headers(role="partner")
    assert (await service.http.post("/v1/media", content=PICTURE, headers=partner)).status_code == 403
    assert (await service.http.post("/v1/media", content=PICTURE)).status_code == 401


async def test_a_deleted_file_is_gone_at_once_and_its_bytes_soon(service: Service, settings: EngagementSettings) -> None:
    media = (await upload(service, PICTURE)).json()
    assert (await service.http.delete(f"/v1/media/{media['id']}", headers=service.headers())).status_code == 204
    assert (await service.http.get(path_of(media["url"]))).status_code == 404

    async def removed() -> bool:
        return await asyncio.to_thread(files_in, settings.media_folder or Path()) == []

    await until(removed, within_seconds=30)


class Platform:
    """A platform's file server on loopback; `files` by path, with what it says of their type."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.locked: dict[str, str] = {}
        self.broken = True
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request; while it is `broken`, of that name with trouble; what is `locked` opens by its header only."""
        if self.locked.get(request.path, "") not in request.headers.get("authorization", ""):
            return web.Response(status=401)
        if request.path == "/broken" and self.broken:
            return web.Response(status=503)
        if request.path not in self.files:
            return web.Response(status=404)
        return web.Response(body=self.files[request.path], content_type="image/gif")


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    platform = Platform()
    application = web.Application()
    application.router.add_get("/{path:.*}", platform.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    platform.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield platform
    await runner.cleanup()


async def first_attachments(service: Service) -> list[dict[str, Any]]:
    (message,) = await only_thread(service)
    found: list[dict[str, Any]] = message["attachments"]
    return found


async def test_what_a_platform_brings_is_fetched_and_removed_with_its_message(
    service: Service, settings: EngagementSettings, platform: Platform, database_url: str
) -> None:
    platform.files |= {"/a.png": PICTURE, "/broken": PICTURE}
    partner = await Partner.connected(service)
    attached = [{"kind": "image", "url": f"{platform.url}/a.png", "name": "a.png"}, {"kind": "image", "url": f"{platform.url}/none"}]
    attached.insert(0, {"kind": "image", "url": f"{platform.url}/broken"})
    await partner.deliver(event(1, "look", attachments=attached))

    async def fetched(place: int = 1) -> str | None:
        threads = (await service.get("/v1/conversations")).json()["items"]
        found = await first_attachments(service) if threads else []
        return found[place]["media_id"] if found else None

    media = (await service.get(f"/v1/media/{await until(fetched, within_seconds=30)}")).json()
    await _tried_again(platform, database_url)
    assert await until(lambda: fetched(0), within_seconds=30)
    assert (media["type"], media["source"], media["name"]) == ("image/png", "platform", "a.png")
    assert (await service.http.get(path_of(media["url"]))).content == PICTURE
    assert (await first_attachments(service))[2]["url"] == f"{platform.url}/none"
    await partner.deliver(change(2, "deletion", "e-1"))

    async def removed() -> bool:
        return await asyncio.to_thread(files_in, settings.media_folder or Path()) == []

    await until(removed, within_seconds=30)
    assert (await service.http.get(path_of(media["url"]))).status_code == 404


async def test_what_opens_by_the_channels_credentials_only_is_fetched_with_them(service: Service, platform: Platform) -> None:
    """WhatsApp names a file by an id; the API says where it lies for the next minutes, and wants the token there too."""
    made: Any = await service.connect(
        "whatsapp",
        config={"account": "100", "api_base": platform.url},
        credentials={"token": "a-token", "verify_token": "v", "signing_secret": "an-app-secret"},
    )
    place = "/v23.0/media-1"
    platform.files |= {place: json.dumps({"url": f"{platform.url}/lookaside"}).encode(), "/lookaside": PICTURE}
    platform.locked |= dict.fromkeys(platform.files, "Bearer a-token")
    message = {"from": "34600100200", "id": "wamid.1", "timestamp": "1777888800", "type": "image", "image": {"id": "media-1"}}
    value = {"metadata": {"phone_number_id": "100"}, "messages": [message]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode()
    signed = {"x-hub-signature-256": "sha256=" + hmac.digest(b"an-app-secret", body, "sha256").hex()}
    delivered = await service.http.post(made["channel"]["webhook_path"], content=body, headers=signed)
    assert delivered.status_code == 200

    async def fetched() -> str | None:
        threads = (await service.get("/v1/conversations")).json()["items"]
        return (await first_attachments(service))[0]["media_id"] if threads else None

    media = (await service.get(f"/v1/media/{await until(fetched, within_seconds=30)}")).json()
    assert (media["type"], (await service.http.get(path_of(media["url"]))).content) == ("image/png", PICTURE)


async def _tried_again(platform: Platform, database_url: str) -> None:
    """What failed is due again later, and comes once the platform is well."""
    owner = await asyncpg.connect(database_url, timeout=10, server_settings={"search_path": "engagement"})
    try:

        async def failed_once() -> asyncpg.Record | None:
            found: asyncpg.Record | None = await owner.fetchrow("SELECT due_at FROM media WHERE state = 'wanted' AND attempts = 1")
            return found

        waits = await until(failed_once, within_seconds=30)
        assert waits["due_at"] > datetime.now(UTC)
        platform.broken = False
        await owner.execute("UPDATE media SET due_at = now() WHERE state = 'wanted'")
    finally:
        await owner.close()


async def test_what_cannot_be_fetched_stays_the_platforms_link_with_the_reason(
    service: Service, settings: EngagementSettings, platform: Platform, database_url: str
) -> None:
    platform.files["/bomb.png"] = png(100_000, 100_000)
    partner = await Partner.connected(service)
    urls = [f"{platform.url}/bomb.png", f"{platform.url}/none", "http://169.254.169.254/latest"]
    await partner.deliver(event(1, "look", attachments=[{"kind": "image", "url": url} for url in urls]))
    connection = await asyncpg.connect(database_url, timeout=10, server_settings={"search_path": "engagement"})
    try:

        async def refused() -> list[asyncpg.Record] | None:
            rows: list[asyncpg.Record] = await connection.fetch("SELECT state, reason FROM media ORDER BY place")
            return rows if rows and {row["state"] for row in rows} == {"refused"} else None

        rows = await until(refused, within_seconds=30)
    finally:
        await connection.close()
    assert "pixels" in rows[0]["reason"]
    assert rows[1]["reason"] == "the platform answered 404"
    assert rows[2]["reason"] == "its address is not one of the open web"
    assert [each["url"] for each in await first_attachments(service)] == urls
    assert files_in(settings.media_folder or Path()) == []
