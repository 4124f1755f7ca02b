"""One entry of the inlet as a neutral event, or the reason why it is none. Called by the connector; pure."""

import base64
from collections.abc import Sequence
from datetime import UTC

import msgspec

from services.contracts.interaction import Attachment, Author, Claimed, NeutralEvent, Parent, Receipt, Venue
from services.contracts.vocabulary import Kind
from services.engagement.connectors.inlet.payloads import AuthorPayload, ClaimedPayload, EventPayload, VenuePayload
from services.engagement.protocol import Delivery, clean_json

NETWORK = "inlet"
_PUBLIC = {Kind.COMMENT, Kind.MENTION, Kind.POST, Kind.REVIEW}
_NEEDS_TARGET = {Kind.EDIT, Kind.DELETION, Kind.UNREACTION}
_NEEDS_CONTENT = {Kind.DIRECT, Kind.COMMENT, Kind.MENTION, Kind.POST, Kind.NOTE}
_NEEDS_NO_AUTHOR = {Kind.EDIT, Kind.DELETION, Kind.RECEIPT}


class RefusedEntryError(Exception):
    """The entry breaks the schema; the message says where."""


def read_entry(delivery: Delivery) -> NeutralEvent:
    """The neutral event of a journal item. Raises `RefusedEntryError`."""
    try:
        entry = msgspec.json.decode(clean_json(delivery.body), type=EventPayload)
        occurred_at = entry.occurred_at.astimezone(UTC)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise RefusedEntryError(str(error)[:500]) from error
    kind = Kind(entry.kind)
    _refuse_incomplete(entry, kind=kind)
    return NeutralEvent(
        id=entry.id,
        occurred_at=occurred_at,
        kind=kind,
        author=_author(entry.author) if entry.author else _ourselves(delivery),
        venue=_venue(entry.venue, delivery=delivery),
        public=kind in _PUBLIC if entry.public is None else entry.public,
        direction=entry.direction,
        text=entry.text,
        rating=entry.rating,
        attachments=tuple(Attachment(**msgspec.structs.asdict(attachment)) for attachment in entry.attachments),
        in_reply_to=_parent(entry),
        mentions=tuple(_author(mention) for mention in entry.mentions),
        recipient=_author(entry.recipient) if entry.recipient else None,
        addressed=entry.addressed,
        campaign=entry.campaign,
        referral_code=entry.referral_code,
        echo_of=entry.echo_of,
        source=entry.source,
        thread=entry.thread,
        root=entry.root,
        target=entry.target,
        receipt=_receipt(entry),
        extra=entry.extra,
    )


def author_payload(author: Author) -> dict[str, str]:
    """A person on the way out: enough for the partner to know whom we mean, and no more."""
    known = {"network": author.network, "external_id": author.external_id, "scope": author.scope, "handle": author.handle}
    return {name: value for name, value in known.items() if value}


def random_secret(random_bytes: bytes) -> str:
    """A signing secret in the form of the specification, of the bytes given."""
    return "whsec_" + base64.b64encode(random_bytes).decode()


def _refuse_incomplete(entry: EventPayload, *, kind: Kind) -> None:
    """What the types cannot say: which kind needs which field."""
    if entry.author is None and kind not in _NEEDS_NO_AUTHOR:
        raise RefusedEntryError(f"Object missing required field `author` for kind {kind.value}")
    if entry.target is None and kind in _NEEDS_TARGET:
        raise RefusedEntryError(f"Object missing required field `target` for kind {kind.value}")
    if entry.receipt is None and kind is Kind.RECEIPT:
        raise RefusedEntryError("Object missing required field `receipt` for kind receipt")
    if entry.receipt and not entry.receipt.external_id and not (entry.receipt.until and entry.author):
        raise RefusedEntryError("a receipt needs `external_id`, or `until` and an `author`")
    content = bool(entry.text) or bool(entry.attachments)
    if not content and kind in _NEEDS_CONTENT:
        raise RefusedEntryError(f"a {kind.value} needs `text` or `attachments`")
    if not content and entry.rating is None and kind is Kind.REVIEW:
        raise RefusedEntryError("a review needs `rating`, `text` or `attachments`")


def _author(payload: AuthorPayload) -> Author:
    return Author(
        network=payload.network,
        external_id=payload.external_id,
        scope=payload.scope,
        handle=payload.handle,
        name=payload.name,
        avatar_url=payload.avatar_url,
        bio=payload.bio,
        language=payload.language,
        followers=payload.followers,
        emails=_claimed(payload.emails),
        phones=_claimed(payload.phones),
        links=tuple(payload.links),
    )


def _claimed(values: Sequence[ClaimedPayload | str]) -> tuple[Claimed, ...]:
    """A bare string is an address that nobody vouches for."""
    return tuple(
        Claimed(value=value) if isinstance(value, str) else Claimed(value=value.value, verified=value.verified) for value in values
    )


def _ourselves(delivery: Delivery) -> Author:
    """Edits, deletions and receipts may come without a person."""
    return Author(network=NETWORK, external_id=delivery.channel.account or NETWORK)


def _venue(payload: VenuePayload | None, *, delivery: Delivery) -> Venue:
    if payload is None:
        return Venue(network=NETWORK, external_id=delivery.channel.account or NETWORK)
    return Venue(**msgspec.structs.asdict(payload))


def _parent(entry: EventPayload) -> Parent | None:
    parent = entry.in_reply_to
    if parent is None:
        return None
    return Parent(external_id=parent.external_id, author=_author(parent.author) if parent.author else None)


def _receipt(entry: EventPayload) -> Receipt | None:
    if entry.receipt is None:
        return None
    until = entry.receipt.until.astimezone(UTC) if entry.receipt.until else None
    return Receipt(**{**msgspec.structs.asdict(entry.receipt), "until": until})
