"""Makes the mail that carries a reply: headers that keep the thread, text, attachments. Called by sending; no I/O.

Sources: RFC 5322, RFC 2045-2047, RFC 2369, RFC 8058. Ids are written by hand: the standard library encodes long ones
as words, which breaks threads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.contracts.interaction import Attachment
from services.engagement.connectors.email.access import our_address
from services.engagement.connectors.email.people import domain_of, normalised
from services.engagement.connectors.email.threads import continues, ids_in, message_id
from services.engagement.protocol import ChannelAccess, OutboundReply, UnsendableError

_SUBJECT_LIMIT_CHARS = 200
_REFERENCES = 12
_NO_SUBJECT = "Your message"


@dataclass(frozen=True, slots=True)
class Enclosed:
    """An attachment with its bytes."""

    attachment: Attachment
    content: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail as it goes to the server. `name` is its Message-ID without brackets."""

    name: str
    sender: str
    recipient: str
    raw: bytes


def compose(reply: OutboundReply, *, channel: ChannelAccess, enclosed: Sequence[Enclosed]) -> Outgoing:
    """The mail, the same bytes in every attempt but for its date. Raises `UnsendableError` where there is nobody to write to."""
    sender, recipient = our_address(channel), _recipient(reply)
    name = message_id(reply.id, domain=domain_of(sender))
    subject, text = _subject(reply)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(_one_line(channel.config.get("from_name", "")), addr_spec=sender)
    mail["To"] = Address(_one_line((reply.recipient.name if reply.recipient else None) or ""), addr_spec=recipient)
    if answers_to := normalised(channel.config.get("reply_to", "")):
        mail["Reply-To"] = Address(addr_spec=answers_to)
    mail["Subject"] = subject
    mail["Date"] = format_datetime(reply.attempted_at)
    mail.set_content(text, subtype="plain", charset="utf-8", cte="quoted-printable")
    for each in enclosed:
        _enclose(mail, each)
    return Outgoing(name, sender, recipient, _ids(reply, name) + _way_out(reply) + mail.as_bytes())


def _recipient(reply: OutboundReply) -> str:
    """Where the person wants answers, else where the person wrote from."""
    asked = reply.answering.extra.get("reply_to", "") if reply.answering else ""
    person = reply.recipient or (reply.answering.author if reply.answering else None)
    address = normalised(asked) or normalised(person.external_id if person else "")
    if not address or not address.isascii():
        raise UnsendableError("there is no address that mail can go to")
    return address


def _subject(reply: OutboundReply) -> tuple[str, str]:
    """That of what it answers; a mail that begins something has its first line as subject."""
    if reply.answering is not None:
        known = _one_line(reply.answering.extra.get("subject", "")) or _NO_SUBJECT
        return (known if continues(known) else f"Re: {known}")[:_SUBJECT_LIMIT_CHARS], reply.text
    first, _, rest = reply.text.strip().partition("\n")
    return (_one_line(first) or _NO_SUBJECT)[:_SUBJECT_LIMIT_CHARS], rest.strip() or first


def _ids(reply: OutboundReply, name: str) -> bytes:
    lines = [f"Message-ID: <{name}>"]
    if reply.answering is not None:
        line = [*ids_in(reply.answering.extra.get("references", "")), reply.answering.external_id]
        known = [each for each in dict.fromkeys(line) if each.isascii() and "@" in each and not set(each) & set("<> \t\r\n")]
        if known:
            few = known if len(known) <= _REFERENCES else [known[0], *known[1 - _REFERENCES :]]
            if known[-1] == reply.answering.external_id:
                lines.append(f"In-Reply-To: <{known[-1]}>")
            lines.append("References: " + "\r\n ".join(f"<{each}>" for each in few))
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _way_out(reply: OutboundReply) -> bytes:
    """RFC 2369, section 3.2, and RFC 8058: what a mail program's own button does, which takes addresses of https alone."""
    if reply.unsubscribe is None or not reply.unsubscribe.isascii():
        return b""
    lines = [f"List-Unsubscribe: <{reply.unsubscribe}>"]
    if reply.unsubscribe.startswith("https://"):
        lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _enclose(mail: EmailMessage, enclosed: Enclosed) -> None:
    kind = enclosed.attachment.content_type or "application/octet-stream"
    main, _, sub = kind.partition(";")[0].strip().lower().partition("/")
    if not (main.isalnum() and sub.replace("-", "").replace("+", "").replace(".", "").isalnum()) or main in {"multipart", "message"}:
        main, sub = "application", "octet-stream"
    name = _one_line(enclosed.attachment.name or "attachment")
    mail.add_attachment(enclosed.content, maintype=main, subtype=sub, filename=name)


def _one_line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
