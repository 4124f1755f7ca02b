"""Hands a mail to the SMTP server and reads its answer. Called by the connector; its only I/O is the injected network.

Sources: RFC 5321 section 4.2.1 (codes), RFC 3463 (enhanced codes), RFC 4954 (AUTH). aiosmtplib speaks the protocol.
"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import aiosmtplib

from services.engagement.connectors.email.access import Server, imap_server, refuse_open_road, smtp_server
from services.engagement.connectors.email.composing import Enclosed, Outgoing, compose
from services.engagement.connectors.email.declaration import ATTACHMENT_LIMIT_BYTES
from services.engagement.connectors.email.imap import ImapConnection
from services.engagement.connectors.email.listening import sent_folder
from services.engagement.connectors.email.people import domain_of
from services.engagement.protocol import (
    ChannelAccess,
    CredentialsExpiredError,
    InDoubtError,
    Net,
    NotFoundError,
    NotSentError,
    OutboundReply,
    RateLimitedError,
    RejectedError,
    SendError,
    Sent,
    UnsendableError,
)

CONNECT_SECONDS = 8.0
# Signing in and naming sender and recipient; less than the sender's own patience, so that trouble until then is certain.
READY_SECONDS = 10.0
TIMEOUT_SECONDS = 15.0
_LEAVE_SECONDS = 2.0
_SAVE_SECONDS = 5.0
_RATE_SECONDS = 60.0
_CLOSING = 421
_TOO_FAST = ("4.7.28", "4.7.650", "rate limit", "too many", "throttl")
_NOBODY = (" 5.1.1", " 5.1.10", "user unknown", "no such user", "does not exist", "recipient not found")
_WORDS_LIMIT_CHARS = 300


async def post_mail(reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
    """Send the reply; what it took part in is told by the same Message-ID in every attempt. Raises the tree of `SendError`."""
    server = smtp_server(channel)
    outgoing = compose(reply, channel=channel, enclosed=await _fetched(reply, channel=channel, net=net))
    client = await _ready(server, outgoing, net=net)
    try:
        await _hand_over(client, outgoing)
        with suppress(aiosmtplib.SMTPException, OSError):
            await client.quit(timeout=_LEAVE_SECONDS)
    finally:
        client.close()
    if channel.config.get("save_sent", "").lower() == "true":
        await _save(outgoing, channel=channel, net=net)
    return Sent(external_id=outgoing.name, echo_reference=reply.id)


async def try_server(channel: ChannelAccess, *, sender: str, net: Net) -> None:
    """Sign in at the SMTP server and leave again."""
    (await _opened(smtp_server(channel), sender, net=net)).close()


async def _opened(server: Server, sender: str, *, net: Net) -> aiosmtplib.SMTP:
    """A signed-in connection; nothing of the mail was said on it."""
    made = await net.connect(server.host, server.port, timeout_seconds=CONNECT_SECONDS)
    try:
        if server.security == "none":
            refuse_open_road(made)
        client = aiosmtplib.SMTP(
            hostname=server.host,
            sock=made,
            timeout=TIMEOUT_SECONDS,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=await asyncio.to_thread(lambda: server.tls),
            local_hostname=domain_of(sender),
        )
    except BaseException:
        made.close()
        raise
    with _closing_on_failure(client, server):
        await client.connect()
        await client.ehlo()
        if server.password and client.supports_extension("auth"):
            await client.login(server.username, server.password)
    return client


@contextmanager
def _closing_on_failure(client: aiosmtplib.SMTP, server: Server) -> Iterator[None]:
    """Close the connection on whatever goes wrong within; what the server or the network did means that the mail was not sent."""
    try:
        yield
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        client.close()
        raise _before(error, server) from error
    except BaseException:
        client.close()
        raise


def _before(error: Exception, server: Server) -> SendError:
    """What a failure before the mail means: it was certainly not sent."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        words = _words(error)
        return NotSentError(words) if error.code < 500 else CredentialsExpiredError(f"the server does not accept the credentials: {words}")
    cause = error.__cause__ or error.__context__
    for each in (error, cause):
        if isinstance(each, ssl.SSLCertVerificationError):
            return RejectedError(f"the certificate of {server.host} is not trusted: {each.verify_message}")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _refusal(error)
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return RejectedError(f"the server cannot do what the channel asks for: {str(error)[:_WORDS_LIMIT_CHARS]}")
    return NotSentError(f"the server was not reached: {type(error).__name__}")


async def _ready(server: Server, outgoing: Outgoing, *, net: Net) -> aiosmtplib.SMTP:
    """A connection on which sender and recipient were taken. Whatever fails until here, the mail was not sent."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            client = await _opened(server, outgoing.sender, net=net)
            with _closing_on_failure(client, server):
                await client.mail(outgoing.sender)
                await client.rcpt(outgoing.recipient)
    except TimeoutError as error:
        raise NotSentError("the server took too long to take a mail") from error
    return client


async def _hand_over(client: aiosmtplib.SMTP, outgoing: Outgoing) -> None:
    try:
        await client.data(outgoing.raw)
    except aiosmtplib.SMTPResponseException as error:
        raise _refusal(error) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise InDoubtError(f"the connection broke while the mail was on its way: {type(error).__name__}") from error


def _refusal(error: aiosmtplib.SMTPResponseException) -> SendError:
    words, said = _words(error), f" {error.message}".lower()
    if 400 <= error.code < 500:
        if error.code == _CLOSING or any(each in said for each in _TOO_FAST):
            return RateLimitedError(words, retry_after_seconds=_RATE_SECONDS)
        return NotSentError(words)
    if error.code in {530, 534, 535}:
        return CredentialsExpiredError(words)
    if error.code >= 500 and any(each in said for each in _NOBODY):
        return NotFoundError(words)
    if error.code >= 500:
        return RejectedError(words)
    return InDoubtError(words)


def _words(error: aiosmtplib.SMTPResponseException) -> str:
    return f"the server answered {error.code}: {' '.join(error.message.split())}"[:_WORDS_LIMIT_CHARS]


async def _fetched(reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> list[Enclosed]:
    """The attachments' bytes, before anything is sent: doubt about them is none about the mail."""
    found: list[Enclosed] = []
    for attachment in reply.attachments:
        if attachment.media_id is not None and channel.files is not None:
            content = await channel.files.read(attachment.media_id, max_bytes=ATTACHMENT_LIMIT_BYTES)
            found.append(Enclosed(attachment, content))
            continue
        if not attachment.url:
            raise UnsendableError("an attachment of a mail needs an address that it can be fetched from")
        try:
            answer = await net.request("GET", attachment.url, timeout_seconds=TIMEOUT_SECONDS, max_bytes=ATTACHMENT_LIMIT_BYTES)
        except InDoubtError as error:
            raise NotSentError(f"an attachment could not be fetched: {error.reason}") from error
        if answer.status >= 500:
            raise NotSentError(f"an attachment could not be fetched: {answer.status}")
        if answer.status != 200:
            raise RejectedError(f"an attachment is not there: {answer.status}")
        found.append(Enclosed(attachment, answer.body))
    return found


async def _save(outgoing: Outgoing, *, channel: ChannelAccess, net: Net) -> None:
    """Put what was sent among sent mail. It is sent all the same where this fails."""
    with suppress(SendError, TimeoutError):
        async with asyncio.timeout(_SAVE_SECONDS):
            mailbox = await ImapConnection.opened(imap_server(channel), net=net)
            try:
                folder = await sent_folder(mailbox, channel)
                if folder is not None:
                    await mailbox.append(folder, outgoing.raw)
            finally:
                await mailbox.close()
