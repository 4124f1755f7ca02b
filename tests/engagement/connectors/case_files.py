"""The cases of every connector, read from their folders, as the objects of the protocol. Called by the tests beside; no I/O but files."""

import asyncio
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import msgspec

from services.contracts.interaction import Attachment, Author
from services.contracts.vocabulary import Kind
from services.engagement import connectors as package
from services.engagement.protocol import (
    Answered,
    ChannelAccess,
    ChannelFacts,
    Delivery,
    InDoubtError,
    Letter,
    NetAnswer,
    NotFoundError,
    NotSentError,
    OutboundReply,
    RateLimitedError,
    RawItem,
    Request,
    Secrets,
    SendError,
)

FOLDER = Path(package.__file__).parent
MAILBOX_FAILURES = {
    "full": RateLimitedError("the mailbox is full", retry_after_seconds=1800.0),
    "gone": NotFoundError("this visitor has no mailbox here"),
    "in doubt": InDoubtError("the database went away"),
    "away": NotSentError("the database refused it"),
}
FAILURES = {"NotSentError": NotSentError, "InDoubtError": InDoubtError}


@dataclass(frozen=True, slots=True)
class Case:
    """One file: a request in, or a reply out."""

    platform: str
    name: str
    data: Mapping[str, Any]

    @property
    def receives(self) -> bool:
        """A request in; otherwise a reply out."""
        return "receive" in self.data

    @property
    def title(self) -> str:
        """platform/file."""
        return f"{self.platform}/{self.name}"

    @property
    def at(self) -> datetime:
        """When the request came."""
        return datetime.fromisoformat(self.data["receive"]["at"])

    def request(self, name: str = "request") -> Request:
        """The request, or the one called `again`."""
        raw = self.data["receive"][name]
        headers = {header.lower(): [value] for header, value in raw.get("headers", {}).items()}
        query = {argument: [value] for argument, value in raw.get("query", {}).items()}
        return Request(method=raw.get("method", "POST"), url=raw.get("url", ""), headers=headers, query=query, body=_bytes(raw["body"]))

    def secrets(self) -> Secrets:
        """The channel's secrets."""
        return Secrets(**self.data["receive"]["secrets"])

    def delivery(self, item: RawItem) -> Delivery:
        """One journal item of the request."""
        channel = self.data.get("channel", {})
        facts = ChannelFacts(platform=self.platform, account=item.account or channel.get("account", ""), config=channel.get("config", {}))
        return Delivery(channel=facts, key=item.key, body=item.body, received_at=self.at)

    def channel(self) -> ChannelAccess:
        """The channel that a reply uses."""
        scripted = self.data["send"].get("mailbox")
        mailbox = None if scripted is None else ScriptedMailbox(failure=MAILBOX_FAILURES.get(scripted))
        return ChannelAccess(platform=self.platform, mailbox=mailbox, **self.data["channel"])

    def reply(self) -> OutboundReply:
        """The reply."""
        raw = dict(self.data["send"]["reply"])
        answering = raw.pop("answering", None)
        recipient = raw.pop("recipient", None)
        return OutboundReply(
            id=raw["id"],
            kind=Kind(raw["kind"]),
            attempted_at=datetime.fromisoformat(raw["attempted_at"]),
            text=raw.get("text", ""),
            attachments=tuple(Attachment(**attachment) for attachment in raw.get("attachments", [])),
            recipient=Author(**recipient) if recipient else None,
            answering=_answered(answering) if answering else None,
        )

    def net(self) -> "ScriptedNet":
        """The network with the case's one answer; one that keeps mailboxes is never asked."""
        answer = self.data["send"].get("answer", {"fails": "NotSentError"})
        if "fails" in answer:
            return ScriptedNet(failure=answer["fails"])
        if "smtp" in answer:
            return ScriptedNet(smtp=answer["smtp"])
        return ScriptedNet(answer=NetAnswer(status=answer["status"], headers=answer.get("headers", {}), body=_bytes(answer["body"])))


@dataclass
class ScriptedNet:
    """A network that says one thing, whatever it is asked, and remembers what it was asked."""

    answer: NetAnswer = field(default_factory=lambda: NetAnswer(status=200, headers={}, body=b"{}"))
    failure: str | None = None
    smtp: Mapping[str, str] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    servers: list["asyncio.Task[None]"] = field(default_factory=list)

    async def request(
        self,
        method: str,
        url: str,
        *,
        json: object = None,
        data: bytes | Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 10,
        max_bytes: int = 1_048_576,
    ) -> NetAnswer:
        """Keep protocol.Net."""
        assert timeout_seconds > 0
        assert max_bytes > 0
        self.requests.append({"method": method, "url": url, "json": json, "data": data, "headers": dict(headers or {})})
        if self.failure:
            raise FAILURES[self.failure](f"the network failed: {self.failure}")
        return self.answer

    async def connect(self, host: str, port: int, *, timeout_seconds: float = 10) -> socket.socket:
        """Keep protocol.Net: at the other end is an SMTP server that says to each command what the case says, else yes."""
        assert host
        assert port
        assert timeout_seconds > 0
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        self.servers.append(asyncio.create_task(self._serve(theirs)))
        return ours

    async def _serve(self, theirs: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=theirs)
        writer.write(b"220 scripted\r\n")
        while line := await reader.readline():
            verb = line.split()[0].decode().upper()
            answer = self.smtp.get(verb, {"DATA": "354 go on", "EHLO": "250 scripted"}.get(verb, "250 yes"))
            if answer.startswith("354"):
                writer.write(f"{answer}\r\n".encode())
                raw = await reader.readuntil(b"\r\n.\r\n")
                answer = self.smtp.get(".", "250 taken")
                if not answer.startswith(("4", "5")):
                    self.mails.append(message_from_bytes(raw.removesuffix(b".\r\n"), policy=default))
            if answer == "cut":
                break
            writer.write(f"{answer}\r\n".encode())
            if verb == "QUIT":
                break
        writer.close()


@dataclass
class ScriptedMailbox:
    """A mailbox that takes everything, or fails in one way, and remembers what it was given."""

    failure: SendError | None = None
    letters: dict[str, Letter] = field(default_factory=dict)

    async def put(self, letter: Letter) -> None:
        """Keep protocol.Mailbox."""
        self._fail()
        self.letters.setdefault(letter.id, letter)

    async def holds(self, letter: str) -> bool:
        """Keep protocol.Mailbox."""
        self._fail()
        return letter in self.letters

    async def change(self, letter: str, *, text: str | None) -> None:
        """Keep protocol.Mailbox."""
        self._fail()
        self.letters[letter] = replace(self.letters[letter], text=text or "")

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


def cases() -> list[Case]:
    """Every case of every connector, sorted."""
    return [
        Case(path.parent.parent.name, path.stem, json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(FOLDER.glob("*/cases/*.json"))
    ]


def _bytes(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else msgspec.json.encode(body)


def _answered(raw: dict[str, Any]) -> Answered:
    author = raw.get("author")
    return Answered(
        external_id=raw["external_id"],
        kind=Kind(raw["kind"]),
        occurred_at=datetime.fromisoformat(raw["occurred_at"]),
        author=Author(**author) if author else None,
        thread=raw.get("thread"),
        root=raw.get("root"),
        extra=raw.get("extra", {}),
    )
