"""Mail servers that speak TLS from the first byte: read, written and checked, and their certificate is not taken on trust."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.contracts.interaction import Author
from services.contracts.vocabulary import Kind
from services.engagement.connectors import connectors
from services.engagement.connectors.email.stored import read_stored
from services.engagement.network import PlatformNet
from services.engagement.protocol import ChannelAccess, Checks, Listens, Net, OutboundReply, RejectedError
from services.kit.net import Net as Guarded
from tests.engagement.connectors.mail import ADDRESS, Mail, Mailboxes, mail_of

PATIENCE = 40.0
CHUNK_BYTES = 65_536


@pytest.fixture(scope="module")
async def boxes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mailboxes]:
    async with Mailboxes.running(tmp_path_factory.mktemp("mail")) as running:
        yield running


@pytest.fixture
async def mail(boxes: Mailboxes) -> AsyncIterator[Mail]:
    async with boxes.anew() as servers:
        yield servers


@pytest.fixture
async def net() -> AsyncIterator[Net]:
    client = Guarded(allow_private=True)
    yield PlatformNet(client)
    await client.close()


@pytest.fixture
async def access(mail: Mail, boxes: Mailboxes) -> AsyncIterator[ChannelAccess]:
    """The channel as it reaches both servers through doors that speak nothing but TLS."""
    async with tls_door(mail.imap_port, boxes.folder) as imap, tls_door(mail.post.port, boxes.folder) as smtp:
        yield mail.access(imap_security="tls", imap_port=str(imap), smtp_security="tls", smtp_port=str(smtp))


@asynccontextmanager
async def tls_door(port: int, folder: Path) -> AsyncIterator[int]:
    """A port that takes TLS, with the certificate in the folder, and hands on what it hears."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    open_now: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        open_now.update((writer, inner_writer))
        await asyncio.gather(hand_on(reader, inner_writer), hand_on(inner_reader, writer))
        open_now.difference_update((writer, inner_writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in open_now:
            writer.transport.abort()


async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What comes here goes there, until one side ends."""
    with suppress(OSError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def test_both_servers_are_used_over_implicit_tls(mail: Mail, access: ChannelAccess, net: Net) -> None:
    connector = connectors()["email"]
    assert isinstance(connector, Checks)
    assert isinstance(connector, Listens)
    assert (await connector.check(channel=access, net=net)).account == ADDRESS
    heard: Any = connector.listen(channel=access, cursor=None, net=net)
    cursor = ""
    while '"uid"' not in cursor.partition('"sent"')[0]:
        cursor = (await asyncio.wait_for(anext(heard), PATIENCE)).cursor or cursor
    await mail.put(mail_of(Subject="over TLS"))
    found: list[bytes] = []
    while not found:
        found = [read_stored(item.body).raw for item in (await asyncio.wait_for(anext(heard), PATIENCE)).items]
    assert b"Subject: over TLS\r\n" in found[0]
    await heard.aclose()
    assert (await connector.send(reply(), channel=access, net=net)).external_id
    assert len(mail.post.taken) == 1


async def test_a_certificate_that_nobody_vouches_for_is_refused(mail: Mail, access: ChannelAccess, net: Net) -> None:
    connector = connectors()["email"]
    assert isinstance(connector, Checks)
    own = mail.access(**{**access.config, "trusted_certificate": ""})
    with pytest.raises(RejectedError, match="certificate"):
        await connector.check(channel=own, net=net)
    with pytest.raises(RejectedError, match="certificate"):
        await connector.send(reply(), channel=own, net=net)
    assert mail.post.taken == []


def reply() -> OutboundReply:
    """The first mail to Ines."""
    ines = Author(network="email", external_id="ines@ferrer.example", name="Ines Ferrer")
    at = datetime.now(UTC)
    return OutboundReply(id="0197a000-0000-7000-8000-000000000009", kind=Kind.DIRECT, attempted_at=at, text="Yes.", recipient=ines)
