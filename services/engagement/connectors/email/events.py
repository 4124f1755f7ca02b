"""What a mail means: a message of a person, one of ours, or news of one. Called by the connector's parse; pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime

from services.contracts.interaction import Attachment, Author, NeutralEvent, Parent, Venue
from services.contracts.vocabulary import Addressed, Direction, Kind
from services.engagement.connectors.email import people, reports, threads
from services.engagement.connectors.email.handed_in import NEWS, is_news
from services.engagement.connectors.email.mime import BROKEN, Part, header, parts, read_message
from services.engagement.connectors.email.stored import StoredMail, name_of, read_stored
from services.engagement.connectors.email.texts import said_in, words_of
from services.engagement.protocol import Delivery, MediaKind, Parsed

# A sender's clock is believed within these bounds of the time at which the mail arrived.
_SLOW, _FAST = timedelta(days=7), timedelta(hours=1)
_KINDS = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
_MOST_ATTACHMENTS = 50
_LIST_LIMIT_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class _Mail:
    """A mail on its way to an event."""

    stored: StoredMail
    message: Message
    parts: list[Part]
    author: Author
    us: str
    at: datetime

    @property
    def name(self) -> str:
        return name_of(self.stored.raw)

    @property
    def subject(self) -> str:
        return header(self.message, "subject")


def read_delivery(delivery: Delivery) -> Parsed:
    """The meaning of one journal item. Never raises."""
    try:
        return _read(delivery)
    except BROKEN as error:
        return Parsed(unknown=f"the mail cannot be read: {type(error).__name__}")


def _read(delivery: Delivery) -> Parsed:
    stored = read_stored(delivery.body)
    message = read_message(stored.raw)
    config = delivery.channel.config
    author = people.author_of(message, trusted=config.get("trusted_authserv_id", "")) or reports.daemon_behind(message)
    if author is None:
        return Parsed(ignored=NEWS) if is_news(stored.raw) else Parsed(unknown="it names nobody who wrote it")
    us = people.normalised(delivery.channel.account)
    at = _time_of(message, arrived_at=stored.arrived_at or delivery.received_at, certain=stored.arrived_at is not None)
    mail = _Mail(stored, message, list(parts(message)), author, us, at)
    if stored.sent:
        return _sent(mail)
    return _received(mail)


def _received(mail: _Mail) -> Parsed:
    if threads.reply_in(mail.name) or (mail.us and mail.author.external_id == mail.us):
        return Parsed(ignored="a mail of this mailbox itself")
    if reports.is_report(mail.message, sender=mail.author.external_id):
        receipt = reports.receipt_in(mail.message, mail.parts)
        if receipt is not None:
            return Parsed(
                events=(
                    NeutralEvent(
                        id=mail.name,
                        occurred_at=mail.at,
                        kind=Kind.RECEIPT,
                        author=mail.author,
                        venue=_venue(mail),
                        source=mail.stored.source,
                        target=receipt.external_id,
                        receipt=receipt,
                    ),
                )
            )
        return Parsed(events=(_message(mail, machine=reports.REPORT),))
    return Parsed(events=(_message(mail, machine=reports.machine_behind(mail.message, sender=mail.author.external_id)),))


def _sent(mail: _Mail) -> Parsed:
    """What lay in the folder of sent mail: an echo of a reply, or what a colleague wrote from the mailbox."""
    recipient = next((each for each in people.people_in(mail.message, "to") if each.external_id != mail.us), None)
    if recipient is None:
        return Parsed(ignored="sent mail to nobody outside")
    event = _message(mail, machine=None, recipient=recipient)
    return Parsed(events=(event,))


def _message(mail: _Mail, *, machine: str | None, recipient: Author | None = None) -> NeutralEvent:
    references, in_reply_to = header(mail.message, "references"), header(mail.message, "in-reply-to")
    before = threads.ancestors(in_reply_to=in_reply_to, references=references)
    person = recipient or mail.author
    root = next(iter(threads.ids_in(references)), None) or (before[0] if before else None)
    text, extra = _words(mail, is_first=not before and not threads.continues(mail.subject))
    alone = root is None
    return NeutralEvent(
        id=mail.name,
        occurred_at=mail.at,
        kind=Kind.DIRECT,
        author=mail.author,
        venue=_venue(mail),
        direction=Direction.OUTBOUND if recipient else Direction.INBOUND,
        text=text,
        attachments=_attachments(mail),
        in_reply_to=Parent(external_id=before[0]) if before else None,
        recipient=recipient,
        addressed=Addressed.OTHERS if recipient else Addressed.US,
        echo_of=threads.reply_in(mail.name) if recipient else None,
        source=mail.stored.source,
        thread=root or threads.thread_of(person.external_id, subject=mail.subject, at=mail.at),
        ancestors=before,
        thread_before=threads.thread_of(person.external_id, subject=mail.subject, at=mail.at, spans_before=1) if alone else None,
        automatic=machine,
        extra=extra,
    )


def _words(mail: _Mail, *, is_first: bool) -> tuple[str, dict[str, str]]:
    """The text, with the subject before that of a first message, and what stands beside it."""
    said = said_in(words_of(mail.parts))
    told = {
        "subject": mail.subject,
        "quoted": said.quoted,
        "signature": said.signature,
        "references": header(mail.message, "references"),
        "reply_to": _reply_to(mail),
        "to": _listed(mail, "to"),
        "cc": _listed(mail, "cc"),
        "calendar": next((_method(part) for part in mail.parts if part.content_type == "text/calendar"), ""),
        "cut": "true" if mail.stored.is_cut else "",
    }
    shown = [mail.subject if is_first or not said.new else "", said.new]
    return "\n\n".join(each for each in shown if each), {name: value for name, value in told.items() if value}


def _reply_to(mail: _Mail) -> str:
    asked = next(iter(people.people_in(mail.message, "reply-to")), None)
    return asked.external_id if asked and asked.external_id not in {mail.author.external_id, mail.us} else ""


def _listed(mail: _Mail, name: str) -> str:
    return ", ".join(each.external_id for each in people.people_in(mail.message, name))[:_LIST_LIMIT_CHARS]


def _method(part: Part) -> str:
    try:
        return str(part.message.get_param("method") or "request").lower()[:20]
    except BROKEN:
        return "request"


def _attachments(mail: _Mail) -> tuple[Attachment, ...]:
    found = [(number, part) for number, part in enumerate(mail.parts) if _is_attached(part)][:_MOST_ATTACHMENTS]
    last = len(mail.parts) - 1
    return tuple(
        Attachment(
            kind=_KINDS.get(part.content_type.partition("/")[0], MediaKind.FILE).value,
            reference=f"{mail.name}#{number}",
            content_type=part.content_type,
            name=part.name,
            size_bytes=None if mail.stored.is_cut and number == last else part.size_bytes,
        )
        for number, part in found
    )


def _is_attached(part: Part) -> bool:
    if part.disposition == "attachment" or part.name:
        return True
    return part.content_type not in {"text/plain", "text/html"} and not part.content_type.startswith("multipart/")


def _venue(mail: _Mail) -> Venue:
    return Venue(network=people.NETWORK, external_id=mail.us or "mailbox")


def _time_of(message: Message, *, arrived_at: datetime, certain: bool) -> datetime:
    """When it was written, where that can be: a sender's clock may be anywhere. `certain`: our server saw it arrive then."""
    try:
        written = parsedate_to_datetime(header(message, "date"))
        written = (written if written.tzinfo else written.replace(tzinfo=UTC)).astimezone(UTC)
    except (*BROKEN, OverflowError):
        return arrived_at
    earliest = arrived_at - _SLOW if certain else written
    return written if earliest <= written <= arrived_at + _FAST else arrived_at
