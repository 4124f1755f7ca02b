"""One connection to a mailbox, over the injected network. Called by listening; IMAPClient speaks the protocol.

IMAPClient blocks, so each connection has a thread of its own; cancelling a call cuts the connection, which ends whatever the thread
waits for. Reads only: no mail is marked, moved or deleted. Source: RFC 3501, RFC 2177 (IDLE), RFC 6154 (special folders).
"""

import asyncio
import imaplib
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from time import monotonic
from typing import Any, TypeVar

from imapclient import IMAPClient
from imapclient.exceptions import LoginError
from imapclient.imapclient import SENT

from services.engagement.connectors.email.access import Server, refuse_open_road
from services.engagement.protocol import CredentialsExpiredError, Net, NotSentError, RejectedError, SendError

CALL_SECONDS = 30.0
# What arrives while a server begins to idle it may tell when asked to end, or in one packet with its first word, where nobody waits for it:
# so the first waits are short, and what comes soon after other mail (a conversation, a storm) is not late.
_FIRST_IDLE_SECONDS = 1.0
MAIL_LIMIT_BYTES = 2_097_152
_WORDS_LIMIT_CHARS = 200

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as it was when selected. `validity` changes where all uids have lost their meaning; `next_uid` is the next mail's."""

    validity: int
    next_uid: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail, at most 2 MiB of it, and its whole size."""

    uid: int
    raw: bytes
    arrived_at: datetime
    size_bytes: int


class ImapConnection:
    """A signed-in connection. Its calls come one after another; all raise the tree of `SendError`."""

    def __init__(self, server: Server, plug: socket.socket) -> None:
        self._server = server
        self._plug = plug
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="imap")
        self._client: IMAPClient | None = None

    @classmethod
    async def opened(cls, server: Server, *, net: Net) -> "ImapConnection":
        """Connect and sign in."""
        made = await net.connect(server.host, server.port, timeout_seconds=CALL_SECONDS)
        mailbox = cls(server, made.dup())
        try:
            mailbox._client = await mailbox._call(lambda: _signed_in(made, server))
        except BaseException:
            made.close()
            await mailbox.close()
            raise
        return mailbox

    async def close(self) -> None:
        """End the connection; whatever still waits for it fails."""
        with suppress(OSError):
            self._plug.shutdown(socket.SHUT_RDWR)
        self._plug.close()
        client, self._client = self._client, None
        if client is not None:
            self._thread.submit(_forget, client)
        self._thread.shutdown(wait=False)

    async def select(self, folder: str) -> Folder:
        """Open a folder for reading."""

        def work() -> Folder:
            told: dict[bytes, Any] = self._imap.select_folder(folder, readonly=True)
            highest = told.get(b"UIDNEXT") or max(self._imap.search(["ALL"]), default=0) + 1
            return Folder(validity=int(told.get(b"UIDVALIDITY") or 0), next_uid=int(highest))

        return await self._call(work)

    async def next_uid(self, folder: str) -> int:
        """The uid that the next mail of a folder will have, without opening it."""
        return await self._call(lambda: int(self._imap.folder_status(folder, ["UIDNEXT"])[b"UIDNEXT"]))

    async def sent_folder(self) -> str | None:
        """The folder of sent mail, where the server tells it or one has a usual name."""

        def work() -> str | None:
            found: str | None = self._imap.find_special_folder(SENT)
            return found

        return await self._call(work)

    async def uids_after(self, uid: int) -> list[int]:
        """The open folder's mails that came after that one, in order."""
        return await self._call(lambda: sorted(each for each in self._imap.search(["UID", f"{uid + 1}:*"]) if each > uid))

    async def uids_since(self, day: date) -> list[int]:
        """The open folder's mails that arrived on that day or later, in order."""
        return await self._call(lambda: sorted(self._imap.search(["SINCE", day])))

    async def has(self, name: str) -> bool:
        """Whether the open folder holds a mail of this Message-ID."""
        return await self._call(lambda: bool(self._imap.search(["HEADER", "MESSAGE-ID", f"<{name}>"])))

    async def fetch(self, uids: Sequence[int]) -> list[Fetched]:
        """These mails, in order; those that are gone meanwhile are left out."""
        return await self._call(lambda: [each for uid in uids if (each := _fetched(self._imap, uid)) is not None])

    async def append(self, folder: str, mail: bytes) -> None:
        """Put a mail of ours into a folder, as read."""
        await self._call(lambda: self._imap.append(folder, mail, flags=[b"\\Seen"]))

    async def wait(self, *, seconds: float, poll_seconds: float) -> None:
        """Wait until the server tells of something in the open folder (IDLE), or as long as that; without IDLE, between two looks."""
        if not await self._call(lambda: bool(self._imap.has_capability("IDLE"))):
            await asyncio.sleep(poll_seconds)
            await self._call(self._imap.noop)
            return

        def work() -> None:
            _, told = self._imap.noop()
            until, length = monotonic() + seconds, _FIRST_IDLE_SECONDS
            while not told and (left := until - monotonic()) > 0:
                self._imap.idle()
                told = self._imap.idle_check(timeout=min(length, left))
                _, rest = self._imap.idle_done()
                told += rest
                length *= 2

        await self._call(work, seconds=seconds + CALL_SECONDS)

    @property
    def _imap(self) -> IMAPClient:
        if self._client is None:
            raise NotSentError("the connection to the mailbox is closed")
        return self._client

    async def _call(self, work: Callable[[], Answer], *, seconds: float = CALL_SECONDS) -> Answer:
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except SendError:
            raise
        except LoginError as error:
            raise _refusal(error) from error
        except ssl.SSLCertVerificationError as error:
            raise RejectedError(f"the certificate of {self._server.host} is not trusted: {error.verify_message}") from error
        except (imaplib.IMAP4.abort, OSError, EOFError) as error:
            raise NotSentError(f"the connection to the mailbox broke: {type(error).__name__}") from error
        except imaplib.IMAP4.error as error:
            raise RejectedError(f"the mailbox refused: {_words(error)}") from error
        except (ValueError, LookupError, TypeError, AssertionError) as error:
            raise NotSentError(f"the mailbox said what cannot be understood: {type(error).__name__}") from error


class _OverSocket(imaplib.IMAP4):
    """The standard library's client over a connection that was made elsewhere."""

    def __init__(self, made: socket.socket, host: str) -> None:
        self._made = made
        super().__init__(host)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        del timeout
        return self._made


class _Client(IMAPClient):  # type: ignore[misc,unused-ignore] # the package has no types
    """IMAPClient over a connection that was made elsewhere."""

    def __init__(self, made: socket.socket, *, host: str, encrypted: bool) -> None:
        self._made = made
        super().__init__(host, port=0, ssl=encrypted, timeout=CALL_SECONDS)
        self.normalise_times = False

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802 - the package's name
        return _OverSocket(self._made, self.host)


def _signed_in(made: socket.socket, server: Server) -> IMAPClient:
    # Its debug log holds what people wrote.
    logging.getLogger("imapclient").setLevel(logging.WARNING)
    made.settimeout(CALL_SECONDS)
    try:
        if server.security == "none":
            refuse_open_road(made)
        if server.security == "tls":
            made = server.tls.wrap_socket(made, server_hostname=server.host)
        client = _Client(made, host=server.host, encrypted=server.security == "tls")
    except BaseException:
        made.close()
        raise
    try:
        if server.security == "starttls":
            client.starttls(server.tls)
        client.login(server.username, server.password)
    except BaseException:
        _forget(client)
        raise
    return client


def _forget(client: IMAPClient) -> None:
    with suppress(OSError, imaplib.IMAP4.error, ValueError):
        client.shutdown()


def _fetched(client: IMAPClient, uid: int) -> Fetched | None:
    found: dict[bytes, Any] = client.fetch([uid], ["RFC822.SIZE", "INTERNALDATE"]).get(uid, {})
    size = int(found.get(b"RFC822.SIZE") or 0)
    arrived_at = found.get(b"INTERNALDATE")
    whole: dict[bytes, Any] = client.fetch([uid], [f"BODY.PEEK[]<0.{MAIL_LIMIT_BYTES}>"]).get(uid, {})
    raw = next((value for name, value in whole.items() if name.startswith(b"BODY[]") and isinstance(value, bytes)), None)
    if raw is None or not isinstance(arrived_at, datetime):
        return None
    aware = arrived_at if arrived_at.tzinfo else arrived_at.replace(tzinfo=UTC)
    return Fetched(uid, raw[:MAIL_LIMIT_BYTES], aware.astimezone(UTC), max(size, len(raw)))


def _refusal(error: Exception) -> SendError:
    """A server that is busy refuses signing in too, and says so (RFC 5530)."""
    words = _words(error)
    if "[UNAVAILABLE]" in words.upper() or "[INUSE]" in words.upper() or "[SERVERBUG]" in words.upper():
        return NotSentError(f"the mailbox is not available: {words}")
    return CredentialsExpiredError(f"the mailbox does not accept the credentials: {words}")


def _words(error: Exception) -> str:
    """The server's own words, shortened."""
    return str(error).removeprefix("b'").removesuffix("'")[:_WORDS_LIMIT_CHARS]
