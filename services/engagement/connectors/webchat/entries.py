"""One journal item of web chat as a neutral event, or the reason why it is none. Called by the connector; pure."""

from datetime import UTC

import msgspec

from services.contracts.interaction import Attachment, Author, Claimed, NeutralEvent, Receipt, Venue
from services.contracts.vocabulary import Kind
from services.engagement.connectors.webchat.payloads import EntryPayload, VisitorPayload
from services.engagement.protocol import Delivery, clean_json

NETWORK = "webchat"
_KINDS = {"message": Kind.DIRECT, "receipt": Kind.RECEIPT, "edit": Kind.EDIT, "deletion": Kind.DELETION}
_HANDLE_CHARS = 6


class RefusedEntryError(Exception):
    """The entry breaks the schema; the message says where."""


def read_entry(delivery: Delivery) -> NeutralEvent:
    """The neutral event of a journal item. Raises `RefusedEntryError`."""
    try:
        entry = msgspec.json.decode(clean_json(delivery.body), type=EntryPayload)
        occurred_at = entry.at.astimezone(UTC)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise RefusedEntryError(str(error)[:500]) from error
    _refuse_incomplete(entry)
    site = delivery.channel.account or delivery.channel.id or NETWORK
    return NeutralEvent(
        id=entry.id,
        occurred_at=occurred_at,
        kind=_KINDS[entry.kind],
        author=_author(entry.visitor, site=site),
        venue=_venue(entry, site=site),
        text=entry.text,
        attachments=tuple(Attachment(**msgspec.structs.asdict(attachment)) for attachment in entry.attachments),
        target=entry.target,
        receipt=Receipt(external_id=entry.receipt.message, state=entry.receipt.state) if entry.receipt else None,
        extra={"visitor": entry.visitor.subject} if entry.visitor.subject else {},
    )


def _refuse_incomplete(entry: EntryPayload) -> None:
    """What the types cannot say: which kind needs which field."""
    content = bool(entry.text and entry.text.strip()) or bool(entry.attachments)
    if any((each.url is None) == (each.media_id is None) for each in entry.attachments):
        raise RefusedEntryError("an attachment needs `url`")
    if entry.kind == "message" and not content:
        raise RefusedEntryError("a message needs `text` or `attachments`")
    if entry.kind == "receipt" and entry.receipt is None:
        raise RefusedEntryError("a receipt needs `receipt`")
    if entry.kind in {"edit", "deletion"} and entry.target is None:
        raise RefusedEntryError(f"a {entry.kind} needs `target`")
    if entry.kind == "edit" and not content:
        raise RefusedEntryError("an edit needs `text`")


def _author(visitor: VisitorPayload, *, site: str) -> Author:
    """A visitor is an account of the one site: ids of visitors say nothing elsewhere."""
    return Author(
        network=NETWORK,
        scope=site,
        external_id=visitor.id,
        handle=f"visitor-{visitor.id[-_HANDLE_CHARS:]}",
        name=visitor.name,
        language=visitor.language,
        emails=(Claimed(value=visitor.email, verified=visitor.email_verified),) if visitor.email else (),
        phones=(Claimed(value=visitor.phone, verified=visitor.phone_verified),) if visitor.phone else (),
    )


def _venue(entry: EntryPayload, *, site: str) -> Venue:
    page = entry.page
    return Venue(network=NETWORK, external_id=site, url=page.url if page else None, title=page.title if page else None)
