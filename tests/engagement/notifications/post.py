"""A mail server and a chat on loopback that keep what they were given. Used by the tests of delivering."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class MailServer:
    """A real SMTP server; `refusal` is what it says instead of taking a message."""

    port: int = 0
    refusal: str | None = None
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name for it
        """Take a message."""
        del server, session
        if self.refusal is not None:
            return self.refusal
        message: Any = message_from_bytes(envelope.content or b"", policy=policy.default)  # type: ignore[arg-type] # bytes: decode_data is off
        self.messages.append(message)
        self.recipients += envelope.rcpt_tos
        return "250 taken"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listen until the block ends; at the port of the last time."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(self, loop=loop), "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            await server.wait_closed()


def free_port() -> int:
    """A port at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass
class ChatRoom:
    """An incoming webhook; `status` is what it answers."""

    status: int = 200
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Take a post."""
        body = (await receive())["body"]
        self.posts.append(({name.decode(): value.decode() for name, value in scope["headers"]}, body))
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
