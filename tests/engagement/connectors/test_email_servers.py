"""The e-mail connector against real servers: an IMAP server in a process of its own, an SMTP server beside the test."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rapport.folders import remembered_port
from services.contracts.interaction import Attachment, Author
from services.contracts.vocabulary import Kind, Source
from services.engagement.connectors import connectors
from services.engagement.connectors.email.stored import read_stored
from services.engagement.network import PlatformNet
from services.engagement.protocol import (
    Answered,
    Backfills,
    ChannelAccess,
    Checks,
    CredentialsExpiredError,
    Found,
    Heard,
    InDoubtError,
    Listens,
    LooksUp,
    Net,
    NetAnswer,
    NotFoundError,
    NotSentError,
    OutboundReply,
    RateLimitedError,
    RejectedError,
    SendError,
)
from services.kit.net import Net as Guarded
from tests.engagement.connectors.mail import ADDRESS, Mail, Mailboxes, mail_of

PATIENCE = 25.0
INES = Author(network="email", external_id="ines@ferrer.example", name="Ines Ferrer")
REPLY_ID = "0197a000-0000-7000-8000-000000000001"


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


def reply(text: str = "Yes, to Oslo too: caf\u00e9 cups as well.", **parts: Any) -> OutboundReply:
    answering = Answered(
        external_id="m1@ferrer.example",
        kind=Kind.DIRECT,
        occurred_at=datetime(2026, 5, 4, tzinfo=UTC),
        author=INES,
        extra={"subject": "Shipping", "references": "<m0@ferrer.example>"},
    )
    made = OutboundReply(
        id=REPLY_ID, kind=Kind.DIRECT, attempted_at=datetime(2026, 5, 4, 10, tzinfo=UTC), text=text, recipient=INES, answering=answering
    )
    return replace(made, **parts)


class Listening:
    """A listener, taken step by step."""

    def __init__(self, channel: ChannelAccess, net: Net, cursor: str | None = None) -> None:
        connector = connectors()["email"]
        assert isinstance(connector, Listens)
        self._heard: Any = connector.listen(channel=channel, cursor=cursor, net=net)
        self.cursor = cursor

    async def settled(self) -> None:
        """Until the place in both folders is known."""
        while self.cursor is None or '"uid"' not in self.cursor.partition('"sent"')[0]:
            await self.step()

    async def step(self) -> Heard:
        """What it tells next."""
        heard: Heard = await asyncio.wait_for(anext(self._heard), PATIENCE)
        self.cursor = heard.cursor or self.cursor
        return heard

    async def items(self, count: int) -> list[bytes]:
        """The next mails, without our line."""
        found: list[bytes] = []
        while len(found) < count:
            found += [read_stored(item.body).raw for item in (await self.step()).items]
        return found

    async def close(self) -> None:
        """End it."""
        await self._heard.aclose()


def subjects(mails: list[bytes]) -> list[bytes]:
    return [each.partition(b"Subject: ")[2].partition(b"\r\n")[0] for each in mails]


async def test_listening_begins_with_what_comes_and_goes_on_after_its_cursor(mail: Mail, net: Net) -> None:
    await mail.put(mail_of(Message_ID="<old@x.example>", Subject="before we came"))
    first = Listening(mail.access(), net)
    await first.settled()
    await mail.put(mail_of(Subject="one", Message_ID="<1@x>"), mail_of(Subject="two", Message_ID="<2@x>"))
    assert subjects(await first.items(2)) == [b"one", b"two"]
    await first.close()
    await mail.put(mail_of(Subject="three", Message_ID="<3@x>"))
    second = Listening(mail.access(), net, first.cursor)
    assert subjects(await second.items(1)) == [b"three"]
    await second.close()


async def test_a_waiting_listener_ends_at_once_when_told(mail: Mail, net: Net) -> None:
    listening = Listening(mail.access(), net)
    await listening.settled()
    waiting = asyncio.create_task(listening.step())
    await asyncio.wait([waiting], timeout=0.3)
    began = asyncio.get_running_loop().time()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await listening.close()
    assert asyncio.get_running_loop().time() - began < PATIENCE


async def test_mails_are_read_again_as_history_when_uids_lose_their_meaning(mail: Mail, net: Net) -> None:
    first = Listening(mail.access(folder="Team"), net)
    await mail.put(mail_of(Subject="zero", Message_ID="<0@x>"), folder="Team")
    await first.settled()
    await mail.put(mail_of(Subject="one", Message_ID="<1@x>"), folder="Team")
    (before,) = [item for _ in range(1) for item in (await first.step()).items]
    await first.close()
    await mail.renew("Team")
    second = Listening(mail.access(folder="Team"), net, first.cursor)
    found: list[Any] = []
    while len(found) < 2:
        found += (await second.step()).items
    await second.close()
    assert {read_stored(item.body).source for item in found} == {Source.BACKFILL}
    assert before.key in {item.key for item in found}


async def test_sent_mail_is_heard_too(mail: Mail, net: Net) -> None:
    await mail.put(mail_of(Message_ID="<s0@acme.example>"), folder="Sent")
    first = Listening(mail.access(), net)
    await first.settled()
    await first.close()
    await mail.put(mail_of(From=f"Acme <{ADDRESS}>", To="ines@ferrer.example", Message_ID="<s1@acme.example>"), folder="Sent")
    second = Listening(mail.access(), net, first.cursor)
    (item,) = (await second.step()).items or (await second.step()).items
    await second.close()
    assert read_stored(item.body).sent


async def test_backfill_reads_since_a_day_with_the_keys_of_live_mail(mail: Mail, net: Net) -> None:
    listening = Listening(mail.access(), net)
    await listening.settled()
    await mail.put(*(mail_of(Subject=str(number), Message_ID=f"<{number}@x>") for number in range(12)))
    live: list[str] = []
    while len(live) < 12:
        live += [item.key for item in (await listening.step()).items]
    await listening.close()
    connector = connectors()["email"]
    assert isinstance(connector, Backfills)
    since = datetime.now(UTC) - timedelta(hours=1)
    found = [item async for heard in connector.backfill(channel=mail.access(), since=since, net=net) for item in heard.items]
    assert [item.key for item in found] == live
    assert {read_stored(item.body).source for item in found} == {Source.BACKFILL}
    later = datetime.now(UTC) + timedelta(hours=1)
    assert [heard async for heard in connector.backfill(channel=mail.access(), since=later, net=net)] == []


async def test_a_huge_mail_is_cut_and_says_so(mail: Mail, net: Net) -> None:
    listening = Listening(mail.access(), net)
    await listening.settled()
    await mail.put(mail_of("x" * 3_000_000))
    (item,) = (await listening.step()).items
    await listening.close()
    stored = read_stored(item.body)
    assert (stored.is_cut, len(stored.raw)) == (True, 2_097_152)


@pytest.mark.parametrize("security", ["starttls", "none"])
async def test_reply_arrives_with_its_thread(mail: Mail, net: Net, security: str) -> None:
    channel = mail.access(smtp_security=security, reply_to="desk@acme.example")
    sent = await connectors()["email"].send(reply(), channel=channel, net=net)
    (taken,) = mail.post.taken
    assert mail.post.recipients == [["ines@ferrer.example"]]
    assert taken["Message-ID"] == f"<{REPLY_ID}.rapport@acme.example>" == f"<{sent.external_id}>"
    assert taken["In-Reply-To"] == "<m1@ferrer.example>"
    assert taken["References"].split() == ["<m0@ferrer.example>", "<m1@ferrer.example>"]
    assert (taken["Subject"], taken["From"], taken["To"]) == (
        "Re: Shipping",
        f"Acme Help <{ADDRESS}>",
        "Ines Ferrer <ines@ferrer.example>",
    )
    assert taken["Reply-To"] == "desk@acme.example"
    assert taken["Content-Transfer-Encoding"] == "quoted-printable"
    assert taken.get_content().strip() == "Yes, to Oslo too: caf\u00e9 cups as well."


async def test_long_ids_and_foreign_words_travel_whole(mail: Mail, net: Net) -> None:
    known = [f"{'a' * 90}{number}@ferrer.example" for number in range(30)]
    answering = replace(
        reply().answering,
        external_id=known[-1],
        extra={"subject": "\u00bfLlega a Oslo? " * 20, "references": " ".join(f"<{each}>" for each in known[:-1])},
    )
    await connectors()["email"].send(reply(answering=answering), channel=mail.access(from_name="Caf\u00e9 \u6771\u4eac"), net=net)
    (taken,) = mail.post.taken
    references = taken["References"].split()
    assert (references[0], references[-1], len(references)) == (f"<{known[0]}>", f"<{known[-1]}>", 12)
    assert taken["Subject"].startswith("Re: \u00bfLlega a Oslo?")
    assert taken["From"].addresses[0].display_name == "Caf\u00e9 \u6771\u4eac"


async def test_a_mail_that_begins_something_has_its_first_line_as_subject(mail: Mail, net: Net) -> None:
    await connectors()["email"].send(reply("Your order\n\nIt left today.", answering=None), channel=mail.access(), net=net)
    (taken,) = mail.post.taken
    assert (taken["Subject"], taken.get_content().strip(), taken["References"]) == ("Your order", "It left today.", None)


class Store:
    """The network, with one file on it."""

    def __init__(self, net: Net, *, status: int = 200) -> None:
        self._net = net
        self._status = status

    async def request(self, method: str, url: str, **parts: Any) -> Any:
        """The file."""
        del method, url, parts
        return NetAnswer(status=self._status, headers={}, body=b"%PDF-1.7")

    async def connect(self, host: str, port: int, *, timeout_seconds: float = 10) -> Any:
        """The real way."""
        return await self._net.connect(host, port, timeout_seconds=timeout_seconds)

    def websocket(self, url: str, **parts: Any) -> Any:
        """Nobody opens one."""
        raise AssertionError(url, parts)


PAPER = Attachment(kind="file", url="https://files.example/1", content_type="application/pdf", name="offer \u00e4.pdf")


async def test_attachments_are_fetched_and_enclosed(mail: Mail, net: Net) -> None:
    await connectors()["email"].send(reply(attachments=(PAPER,)), channel=mail.access(), net=Store(net))
    (taken,) = mail.post.taken
    (enclosed,) = taken.iter_attachments()
    assert (enclosed.get_filename(), enclosed.get_content_type(), enclosed.get_content()) == (
        "offer \u00e4.pdf",
        "application/pdf",
        b"%PDF-1.7",
    )


@pytest.mark.parametrize(("status", "error"), [(404, RejectedError), (503, NotSentError)])
async def test_an_attachment_that_is_not_there_leaves_no_doubt(mail: Mail, net: Net, status: int, error: type[SendError]) -> None:
    with pytest.raises(error) as raised:
        await connectors()["email"].send(reply(attachments=(PAPER,)), channel=mail.access(), net=Store(net, status=status))
    assert (raised.type, mail.post.taken) == (error, [])


@pytest.mark.parametrize(
    ("where", "answer", "error"),
    [
        ("to_rcpt", "550 5.1.1 no such user here", NotFoundError),
        ("to_rcpt", "554 5.7.1 we do not like you", RejectedError),
        ("to_rcpt", "451 4.7.1 greylisted, come again", NotSentError),
        ("to_rcpt", "450 4.7.28 rate limit exceeded", RateLimitedError),
        ("to_data", "552 5.3.4 too big", RejectedError),
        ("to_data", "452 4.3.1 no room", NotSentError),
        ("to_data", "421 4.3.2 closing", RateLimitedError),
    ],
)
async def test_an_answer_of_the_server_becomes_the_declared_error(
    mail: Mail, net: Net, where: str, answer: str, error: type[SendError]
) -> None:
    setattr(mail.post, where, [answer])
    with pytest.raises(SendError) as raised:
        await connectors()["email"].send(reply(), channel=mail.access(), net=net)
    assert (raised.type, mail.post.taken) == (error, [])
    assert answer[:3] in raised.value.reason


async def test_a_connection_that_breaks_after_the_mail_leaves_doubt(mail: Mail, net: Net) -> None:
    mail.post.cuts_after_data = 1
    with pytest.raises(InDoubtError):
        await connectors()["email"].send(reply(), channel=mail.access(), net=net)
    assert len(mail.post.taken) == 1


async def test_a_closed_port_and_a_wrong_password_are_certain(mail: Mail, net: Net, tmp_path: Path) -> None:
    with pytest.raises(CredentialsExpiredError):
        await connectors()["email"].send(reply(), channel=mail.access(password="wrong"), net=net)
    closed = mail.access(smtp_port=str(remembered_port(tmp_path / "closed")))
    with pytest.raises(NotSentError) as raised:
        await connectors()["email"].send(reply(), channel=closed, net=net)
    assert (raised.type, mail.post.taken) == (NotSentError, [])


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({"imap_security": "sometimes"}, RejectedError),
        ({"imap_port": "many"}, RejectedError),
        ({"imap_host": ""}, RejectedError),
        ({"folder": "Nowhere"}, RejectedError),
        ({"trusted_certificate": ""}, RejectedError),
        ({"trusted_certificate": "not PEM"}, RejectedError),
        ({"imap_security": "tls"}, NotSentError),
        ({"smtp_security": "tls"}, NotSentError),
    ],
)
async def test_check_says_what_is_wrong_with_the_settings(mail: Mail, net: Net, config: dict[str, str], error: type[SendError]) -> None:
    connector = connectors()["email"]
    assert isinstance(connector, Checks)
    with pytest.raises(SendError) as raised:
        await connector.check(channel=mail.access(**config), net=net)
    assert raised.type is error
    assert raised.value.reason


async def test_check_names_the_mailbox_and_a_wrong_password_is_refused_credentials(mail: Mail, net: Net) -> None:
    connector = connectors()["email"]
    assert isinstance(connector, Checks)
    account = await connector.check(channel=mail.access(), net=net)
    assert (account.account, account.name) == (ADDRESS, "Acme Help")
    with pytest.raises(CredentialsExpiredError):
        await connector.check(channel=mail.access(password="wrong"), net=net)


async def test_servers_inside_are_refused_where_that_is_not_allowed(mail: Mail) -> None:
    client = Guarded()
    with pytest.raises(RejectedError):
        await connectors()["email"].send(reply(), channel=mail.access(), net=PlatformNet(client))
    await client.close()
    assert mail.post.taken == []


async def test_a_saved_reply_is_found_and_absence_proves_nothing(mail: Mail, net: Net) -> None:
    connector = connectors()["email"]
    assert isinstance(connector, LooksUp)
    assert await connector.lookup(reply(), channel=mail.access(), net=net) == Found(there=None)
    await mail.put(mail_of(), folder="Sent")
    assert await connector.lookup(reply(), channel=mail.access(), net=net) == Found(there=None)
    sent = await connector.send(reply(), channel=mail.access(save_sent="true"), net=net)
    assert await connector.lookup(reply(), channel=mail.access(), net=net) == Found(there=True, external_id=sent.external_id)
    assert any(REPLY_ID.encode() in each for each in await mail.mails("Sent"))
