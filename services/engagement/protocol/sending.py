"""What goes out: a reply, the channel it uses, the network it is given, and every way in which it can fail.

The sender builds these and reads the errors; a connector's `send` uses nothing else.
"""

import socket
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from services.contracts.interaction import Attachment, Author, Venue
from services.contracts.vocabulary import Kind
from services.engagement.protocol.choices import Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The interaction that a reply answers, as it is in the history. `extra` is what `parse` put beside it."""

    external_id: str
    kind: Kind
    occurred_at: datetime
    author: Author | None = None
    venue: Venue | None = None
    thread: str | None = None
    root: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateButton:
    """What a button of a template is given: `index` counts all its buttons from 0.

    `reply`: what comes back when it is pressed; `address`: the end of the address that it opens; `code`: what it copies.
    """

    index: int
    value: str
    kind: Literal["reply", "address", "code"] = "reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A message that the platform approved beforehand, and what goes into its places.

    Those of its words are filled in order (`parameters`) or by their names (`named`), the one of its heading by `header`
    (`header_name`: that place's name, where places have names). A file in the heading is the reply's attachment.
    """

    name: str
    language: str
    parameters: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    header: str | None = None
    header_name: str | None = None
    buttons: tuple[TemplateButton, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundReply:
    """What a member wants to say. `id` is ours, never reused, and goes along as client reference where the platform takes one.

    `kind` is how it is said: DIRECT answering a COMMENT moves to private. `recipient` is the person spoken to;
    `venue` where it is said in public. `attempted_at` is aware: connectors have no clock of their own.
    """

    id: str
    kind: Kind
    attempted_at: datetime
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    recipient: Author | None = None
    venue: Venue | None = None
    answering: Answered | None = None
    template: Template | None = None
    choices: Choices | None = None
    title: str | None = None
    """The subject of a thread that we begin, where the platform has subjects."""
    unsubscribe: str | None = None
    """Where the person, or their mail program, says no to more of this; None for what is about their own matters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What goes into a visitor's mailbox. `id` is the reply's: the same letter put in twice is there once."""

    id: str
    visitor: str
    at: datetime
    text: str = ""
    attachments: tuple[Attachment, ...] = ()


class Mailbox(Protocol):
    """Where a platform that is the house itself (web chat) leaves its replies; bound to one channel. Committed on return."""

    async def put(self, letter: Letter) -> None:
        """Put it in. Raises `NotFoundError` (no such visitor here), `RateLimitedError` (full), `NotSentError`, `InDoubtError`."""

    async def holds(self, letter: str) -> bool:
        """Whether a letter of this id was put in."""

    async def change(self, letter: str, *, text: str | None) -> None:
        """Replace a letter's text, or take it back (None). Raises `NotFoundError`, `NotSentError`, `InDoubtError`."""


class Files(Protocol):
    """Our copies of files, for attachments with a `media_id`; bound to one workspace."""

    def link(self, media: UUID) -> str:
        """An address under which whoever has it gets the file for some days. Pure."""

    async def read(self, media: UUID, *, max_bytes: int) -> bytes:
        """The whole file. Raises `NotFoundError`, `UnsendableError` (larger than that), `NotSentError` (the store is away)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelAccess:
    """A channel with its opened credentials, for the length of one call. Never stored, never logged.

    `signing_secret` is the one in use (`Secrets.current`), for platforms that want our calls signed as theirs are.
    `mailbox` is there where the house keeps one for this channel's visitors; `files` for the length of a send.
    `app` is our registration at the platform, for the length of a refresh; `webhook_url` is where the platform delivers, for the length
    of subscribing and of its end.
    """

    platform: str
    account: str = ""
    config: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    signing_secret: str = field(default="", repr=False)
    mailbox: Mailbox | None = field(default=None, repr=False)
    files: Files | None = field(default=None, repr=False)
    app: Mapping[str, str] = field(default_factory=dict, repr=False)
    webhook_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The platform took it. `external_id` equals the `id` that the same message has as a neutral event (None: it told none).

    `echo_reference` is what an echo of it will carry in `echo_of`: our reply id where the platform hands it back, else `external_id`.
    """

    external_id: str | None
    echo_reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetAnswer:
    """What came back over the network; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class WebSocket(Protocol):
    """A WebSocket while it is open. That the other end is still there is supervised below it: one that is gone is `NotSentError`."""

    async def receive(self, *, timeout_seconds: float) -> str | None:
        """The next message, or None where none came in that time; 0 asks for one that is there already. Raises `NotSentError`."""

    async def send(self, text: str) -> None:
        """Say something. Raises `NotSentError`."""


class Net(Protocol):
    """The only way out. Refuses inside addresses and follows no redirect; raises `NotSentError` or `InDoubtError`."""

    async def request(  # noqa: PLR0913 - the parts of a request, all by name
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
        """Make one request; any status is an answer, only the network raises."""

    async def connect(self, host: str, port: int, *, timeout_seconds: float = 10) -> socket.socket:
        """A connected TCP socket that does not block, for protocols that are not HTTP. TLS, and closing it, are the caller's.

        Raises `NotSentError` or, for an inside address, `RejectedError`.
        """

    def websocket(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        subprotocol: str | None = None,
        timeout_seconds: float = 10,
        max_bytes: int = 1_048_576,
    ) -> AbstractAsyncContextManager[WebSocket]:
        """A WebSocket to a ws: or wss: address, for streams; `max_bytes` is how long a message may be.

        Raises `NotSentError` where none was open in `timeout_seconds`, or, for an inside address, `RejectedError`.
        """


# SendError
#   NotSentError              certainly not sent: retry with back-off
#     RateLimitedError        certainly not sent: retry after the given time
#     RejectedError           certainly not sent and never will be: the platform's reason
#       UnsendableError       refused by us before the network: too long, wrong kind
#       CredentialsExpiredError   the channel needs attention
#       WindowClosedError     outside the reply window; says what would be allowed
#       NotFoundError         what it answers, or whom, is gone
#   InDoubtError              it may have been sent: never blindly again
#     AnswerTooLargeError     it was answered, with more than was asked for


class SendError(Exception):
    """Root of what `send` and the other outbound calls raise. `reason` is for people, in the platform's own words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotSentError(SendError):
    """Certainly not sent: no connection, or the platform said so. It may be tried again."""


class RateLimitedError(NotSentError):
    """Too fast: wait, then try again."""

    def __init__(self, reason: str, *, retry_after_seconds: float) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class RejectedError(NotSentError):
    """The platform will never take it as it is."""


class UnsendableError(RejectedError):
    """It breaks the connector's own declaration; nothing left the house."""


class CredentialsExpiredError(RejectedError):
    """Token revoked or expired: the channel stops until its owner has connected it again."""


class WindowClosedError(RejectedError):
    """Too late, or too early, to write freely; `allowed` says what would be taken (template, the person writing first)."""

    def __init__(self, reason: str, *, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.allowed = allowed


class NotFoundError(RejectedError):
    """The message it answers, the chat or the person does not exist there."""


class InDoubtError(SendError):
    """Time-out, reset after write, 5xx: it may have arrived."""


class AnswerTooLargeError(InDoubtError):
    """The answer is longer than `max_bytes`: where a file is fetched, it is too large."""
