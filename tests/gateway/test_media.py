"""Files through the gateway: attachments link to our copies, and bytes pass piece by piece in both directions."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from gateway.clients import Ports
from gateway.main import compose
from gateway.proxy import FILE_CAP_BYTES
from gateway.relay import global_id
from gateway.settings import GatewaySettings
from services.contracts.interaction import Attachment
from services.kit.port import DirectPort, SocketPort
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import media_file
from tests.gateway.serving import serving
from tests.gateway.simulated import World
from tests.serving import http_client, served

ATTACHMENTS = "query($id: ID!) { node(id: $id) { ... on Interaction { attachments { kind url media { type width height url } } } } }"


async def test_attachments_link_to_our_copy_once_there_is_one(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    (row,) = world.interactions[contact.id]
    kept, wanted = media_file(), media_file(url=None)
    world.media = {kept.id: kept, wanted.id: wanted}
    platform = "https://files.example/a.png"
    attached = tuple(Attachment(kind="image", url=platform, media_id=id_) for id_ in (kept.id, wanted.id, None))
    world.interactions[contact.id] = [replace(row, attachments=attached)]
    data = await graphql.ask(ATTACHMENTS, id=global_id("Interaction", row.id))
    shown = data["node"]["attachments"]
    assert [each["url"] for each in shown] == [kept.url, platform, platform]
    assert shown[0]["media"] == {"type": "image/png", "width": 640, "height": 480, "url": kept.url}
    assert shown[2]["media"] is None
    assert world.asked() == ["engagement POST /internal/interactions/by-ids", "engagement POST /internal/media/by-ids"]


async def test_a_file_is_a_node(graphql: GraphqlClient, world: World) -> None:
    kept = media_file()
    world.media = {kept.id: kept}
    query = "query($id: ID!) { media(id: $id) { name sizeBytes } node(id: $id) { id } }"
    id_ = global_id("MediaFile", kept.id)
    assert await graphql.ask(query, id=id_) == {"media": {"name": "a.png", "sizeBytes": 12}, "node": {"id": id_}}


async def count(request: Request) -> Response:
    """How much came, and in how many pieces at most of one MiB."""
    sizes = [len(chunk) async for chunk in request.stream()]
    return Response(f"{sum(sizes)} {max(sizes, default=0) <= 1 << 20}", 201, headers={"x-name": request.query_params["name"]})


async def give(_: Request) -> Response:
    """Two MiB in pieces."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(32):
            await asyncio.sleep(0)
            yield b"x" * (1 << 16)

    return StreamingResponse(pieces(), headers={"content-security-policy": "sandbox", "content-length": str(2 << 20)})


ENGAGEMENT = Starlette(routes=[Route("/v1/media", count, methods=["POST"]), Route("/media/{token}", give)])


@pytest.fixture(params=["direct", "socket"])
async def gateway(request: pytest.FixtureRequest, world: World, settings: GatewaySettings) -> AsyncIterator[str]:
    """The gateway on a socket, before a service that streams: in the same process, or behind another socket."""
    async with served(ENGAGEMENT) as url:
        port = DirectPort(ENGAGEMENT) if request.param == "direct" else SocketPort(url)
        ports = Ports(identity=world.identity, engagement=port, routing=world.routing)
        async with compose(settings, ports=ports, events=world.bus) as app, serving(app) as address:
            yield address
        await port.close()


async def pieces(total: int) -> AsyncIterator[bytes]:
    for _ in range(total >> 16):
        yield b"y" * (1 << 16)


async def test_bytes_pass_in_both_directions(gateway: str) -> None:
    async with http_client(f"http://{gateway}", timeout_seconds=30) as http:
        sent = await http.post("/v1/media?name=a%20b", content=pieces(8 << 20))
        assert (sent.status_code, sent.text, sent.headers["x-name"]) == (201, f"{8 << 20} True", "a b")
        given = await http.get("/media/token")
    assert (given.status_code, len(given.content), given.headers["content-security-policy"]) == (200, 2 << 20, "sandbox")


async def test_more_than_a_file_may_have_is_refused_unread(gateway: str) -> None:
    host, _, port = gateway.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    announced = f"POST /v1/media?name=a HTTP/1.1\r\nhost: test\r\ncontent-length: {FILE_CAP_BYTES + 1}\r\n\r\n"
    writer.write(announced.encode())
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), timeout=10)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413")
