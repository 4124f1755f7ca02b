"""What connectors are given in tests instead of the world: a network, a mailbox and files that do what a case says.

No I/O but pairs of sockets.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID

from services.engagement.protocol import (
    AnswerTooLargeError,
    InDoubtError,
    Letter,
    NetAnswer,
    NotFoundError,
    NotSentError,
    RateLimitedError,
    SendError,
    UnsendableError,
)

MAILBOX_FAILURES = {
    "full": RateLimitedError("the mailbox is full", retry_after_seconds=1800.0),
    "gone": NotFoundError("this visitor has no mailbox here"),
    "in doubt": InDoubtError("the database went away"),
    "away": NotSentError("the database refused it"),
}
FAILURES = {"NotSentError": NotSentError, "InDoubtError": InDoubtError, "AnswerTooLargeError": AnswerTooLargeError}


@dataclass
class ScriptedNet:
    """A network that says its answers one after the other and then the last one again, and remembers what it was asked.

    An answer that is a word is a failure. Where it is `strict`, more requests than answers are an AssertionError. Each WebSocket that
    is opened says the next of `sockets`, then breaks; None is a silence. Without one left, none can be opened.
    """

    answers: Sequence[NetAnswer | str] = (NetAnswer(status=200, headers={}, body=b"{}"),)
    strict: bool = False
    smtp: Mapping[str, str] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    servers: list["asyncio.Task[None]"] = field(default_factory=list)
    sockets: Sequence[Sequence[str | None]] = ()
    opened: list[dict[str, Any]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

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
        asked = len(self.requests)
        assert asked <= len(self.answers) or not self.strict, f"request {asked} has no answer: {method} {url}"
        answer = self.answers[min(asked, len(self.answers)) - 1]
        if isinstance(answer, str):
            raise FAILURES[answer](f"the network failed: {answer}")
        return answer

    async def connect(self, host: str, port: int, *, timeout_seconds: float = 10) -> socket.socket:
        """Keep protocol.Net: at the other end is an SMTP server that says to each command what the case says, else yes."""
        assert host
        assert port
        assert timeout_seconds > 0
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        self.servers.append(asyncio.create_task(self._serve(theirs)))
        return ours

    @asynccontextmanager
    async def websocket(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        subprotocol: str | None = None,
        timeout_seconds: float = 10,
        max_bytes: int = 1_048_576,
    ) -> AsyncIterator["ScriptedSocket"]:
        """Keep protocol.Net."""
        assert timeout_seconds > 0
        assert max_bytes > 0
        self.opened.append({"url": url, "headers": dict(headers or {}), "subprotocol": subprotocol})
        if len(self.opened) > len(self.sockets):
            raise NotSentError("nobody listens there")
        yield ScriptedSocket(list(self.sockets[len(self.opened) - 1]), told=self.told)

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
class ScriptedSocket:
    """A WebSocket that says these messages, then breaks; `told` remembers what it was told."""

    messages: list[str | None]
    told: list[str]

    async def receive(self, *, timeout_seconds: float) -> str | None:
        """Keep protocol.WebSocket."""
        assert timeout_seconds >= 0
        if not self.messages:
            raise NotSentError("broken")
        return self.messages.pop(0)

    async def send(self, text: str) -> None:
        """Keep protocol.WebSocket."""
        self.told.append(text)


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


@dataclass
class ScriptedFiles:
    """Files by media id."""

    contents: Mapping[str, bytes] = field(default_factory=dict)

    def link(self, media: UUID) -> str:
        """Keep protocol.Files."""
        return f"https://rapport.example/files/{media}"

    async def read(self, media: UUID, *, max_bytes: int) -> bytes:
        """Keep protocol.Files."""
        content = self.contents.get(str(media))
        if content is None:
            raise NotFoundError("this file is gone")
        if len(content) > max_bytes:
            raise UnsendableError(f"the file has {len(content)} bytes, at most {max_bytes} can go")
        return content
