"""Mail that arrives at the worst instants, by a server that follows a script: what it tells only once is heard all the same."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from services.engagement.connectors import connectors
from services.engagement.connectors.email.stored import read_stored
from services.engagement.network import PlatformNet
from services.engagement.protocol import ChannelAccess, Listens
from services.kit.net import Net as Guarded
from tests.engagement.connectors.mail import ADDRESS, mail_of

# Less than the minute after which a mailbox is looked at anyway.
PATIENCE = 25.0
MAIL = mail_of("Just now.", Message_ID="<now@x.example>")


@dataclass
class Script:
    """A mailbox of one mail to which a second comes: right after a SELECT was answered, or as the server begins to idle.

    As RFC 3501 wants, a change is told once, with whatever is answered next.
    """

    arrives: str
    port: int = 0
    selects: int = 0
    mails: int = 1
    told: int = 1

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer until the client is gone."""
        writer.write(b"* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n")
        while line := await reader.readline():
            tag, _, command = line.strip().partition(b" ")
            if command == b"IDLE":
                if self.arrives == "as idling begins":
                    self.mails = 2
                # One packet: who waits for another never reads its second line.
                writer.write(b"+ idling\r\n" + self.news())
                await reader.readline()
            writer.write(self.answer(command) + self.news() + tag + b" OK done\r\n")
            if command.startswith(b"EXAMINE") and self.arrives == "after a select" and self.selects == 2:
                self.mails = 2
        writer.close()

    def answer(self, command: bytes) -> bytes:
        """What a command gives, but for news."""
        if command == b"CAPABILITY":
            return b"* CAPABILITY IMAP4rev1 IDLE\r\n"
        if command.startswith(b"EXAMINE"):
            self.selects += 1
            self.told = self.mails
            return b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT %d] next\r\n" % (self.mails, self.mails + 1)
        if command.startswith(b"UID SEARCH"):
            # The results are those of what the client was told of.
            return b"* SEARCH" + b"".join(b" %d" % (uid + 1) for uid in range(self.told)) + b"\r\n"
        if command.startswith(b"UID FETCH") and b"INTERNALDATE" in command:
            return b'* 2 FETCH (UID 2 RFC822.SIZE %d INTERNALDATE "04-May-2026 10:00:00 +0000")\r\n' % len(MAIL)
        if command.startswith(b"UID FETCH"):
            return b"* 2 FETCH (UID 2 BODY[]<0> {%d}\r\n%b)\r\n" % (len(MAIL), MAIL)
        return b""

    def news(self) -> bytes:
        """What changed since it was told last."""
        changed, self.told = self.mails != self.told, self.mails
        return b"* %d EXISTS\r\n" % self.mails if changed else b""


@pytest.fixture(params=["after a select", "as idling begins"])
async def script(request: pytest.FixtureRequest) -> AsyncIterator[Script]:
    made = Script(arrives=request.param)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


async def test_a_mail_is_heard_soon_at_whatever_instant_it_comes(script: Script) -> None:
    client = Guarded(allow_private=True)
    where = {"account": ADDRESS, "imap_host": "127.0.0.1", "imap_port": str(script.port), "imap_security": "none"}
    channel = ChannelAccess(platform="email", account=ADDRESS, config=where, credentials={"password": "any"})
    connector = connectors()["email"]
    assert isinstance(connector, Listens)
    listening: Any = connector.listen(channel=channel, cursor=None, net=PlatformNet(client))
    items: list[Any] = []
    async with asyncio.timeout(PATIENCE):
        while not items:
            items += (await anext(listening)).items
    assert [read_stored(item.body).raw for item in items] == [MAIL]
    await listening.aclose()
    await client.close()
