"""The way out for e-mail: one message to one member by the deployment's own mail server. Used by `delivering`.

Never logs an address or a text. A server that is away or says 4xx may be asked again; one that says 5xx has decided.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal
from uuid import UUID

import aiosmtplib

from services.engagement.notifications.errors import NotDeliverableError, NotDeliveredError

TIMEOUT_SECONDS = 20.0
PERMANENT = range(500, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail goes out. `security` is how the connection is encrypted: by STARTTLS, from its beginning, or not at all."""

    host: str
    port: int
    sender: str
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message. `batch` names it, so that a second copy after a crash can be recognised."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    batch: UUID
    at: datetime


async def send_mail(server: MailServer, mail: Mail) -> None:
    """Hand a message to the server. Raises NotDeliveredError (try again), NotDeliverableError (never will be)."""
    try:
        message = _message(server, mail)
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.username or None,
                password=server.password or None,
                use_tls=server.security == "tls",
                start_tls=server.security == "starttls",
                timeout=TIMEOUT_SECONDS,
            )
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _refusal(error.recipients[0].code) from error
    except aiosmtplib.SMTPResponseException as error:
        raise _refusal(error.code) from error
    except ValueError as error:
        raise NotDeliverableError("the address cannot be written to") from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise NotDeliveredError("the mail server does not answer") from error


def _refusal(code: int) -> NotDeliveredError | NotDeliverableError:
    if code in PERMANENT:
        return NotDeliverableError(f"the mail server refused it ({code})")
    return NotDeliveredError(f"the mail server wants to be asked later ({code})")


def _message(server: MailServer, mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = server.sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.batch}@{server.sender.rpartition('@')[2].strip('>')}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message
