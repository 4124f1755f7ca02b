"""The inlet's public schema: what any system may send us, and what we send it. The README beside this file shows it.

Strict: unknown fields are refused with their place, so that a misspelled field is never silently lost.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from services.contracts.vocabulary import Addressed, Control, Direction, Media, Source

Id = Annotated[str, Meta(min_length=1, max_length=300)]
Network = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
Short = Annotated[str, Meta(max_length=1_000)]
Long = Annotated[str, Meta(max_length=100_000)]
Count = Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)]
Time = Annotated[datetime, Meta(tz=True)]
Few = Meta(max_length=100)
InletKind = Literal[
    "direct",
    "comment",
    "mention",
    "post",
    "review",
    "reaction",
    "unreaction",
    "follow",
    "unfollow",
    "click",
    "purchase",
    "note",
    "receipt",
    "edit",
    "deletion",
]


class Strict(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Base: what is not in the schema is an error."""


class ClaimedPayload(Strict):
    """An e-mail address or phone number; `verified` only if the sender has checked that it is this person's."""

    value: Annotated[str, Meta(min_length=1, max_length=320)]
    verified: bool = False


class AuthorPayload(Strict):
    """A person on a network; `network` is any name: linkedin, blog, crm, trustpilot..."""

    network: Network
    external_id: Id
    scope: Annotated[str, Meta(max_length=300)] = ""
    handle: Short | None = None
    name: Short | None = None
    avatar_url: Short | None = None
    bio: Long | None = None
    language: Annotated[str, Meta(max_length=35)] | None = None
    followers: Count | None = None
    emails: Annotated[list[ClaimedPayload | str], Few] = []
    phones: Annotated[list[ClaimedPayload | str], Few] = []
    links: Annotated[list[Short], Few] = []


class VenuePayload(Strict):
    """Where it was said."""

    network: Network
    external_id: Id
    scope: Annotated[str, Meta(max_length=300)] = ""
    url: Short | None = None
    title: Short | None = None
    control: Control = Control.OURS
    media: Media = Media.OWNED


class AttachmentPayload(Strict):
    """Media beside the text: an address, or a reference of the sender's own."""

    kind: Literal["image", "video", "audio", "voice", "file", "sticker", "location", "contact", "link", "poll", "story", "other"]
    url: Short | None = None
    reference: Short | None = None
    content_type: Annotated[str, Meta(max_length=200)] | None = None
    name: Short | None = None
    size_bytes: Count | None = None


class ParentPayload(Strict):
    """What it answers."""

    external_id: Id
    author: AuthorPayload | None = None


class ReceiptPayload(Strict, kw_only=True):
    """News of a reply of ours: `external_id` as the partner gave it when it took the reply, or our reply id.

    `reference` is our reply id beside the partner's own, for a partner whose answer may be lost or overtaken.
    With `until` instead: of all replies to the author that were sent before then.
    """

    external_id: Annotated[str, Meta(max_length=300)] = ""
    state: Literal["sent", "delivered", "read", "failed"]
    reason: Short | None = None
    reference: Id | None = None
    until: Time | None = None


class EventPayload(Strict):
    """One neutral event. Required: `id`, `kind`, `occurred_at` with its offset, and `author` where a person did something."""

    id: Id
    kind: InletKind
    occurred_at: Time
    author: AuthorPayload | None = None
    venue: VenuePayload | None = None
    public: bool | None = None
    direction: Direction = Direction.INBOUND
    text: Long | None = None
    rating: float | None = None
    attachments: Annotated[list[AttachmentPayload], Few] = []
    in_reply_to: ParentPayload | None = None
    mentions: Annotated[list[AuthorPayload], Few] = []
    recipient: AuthorPayload | None = None
    addressed: Addressed = Addressed.US
    campaign: Short | None = None
    referral_code: Short | None = None
    echo_of: Id | None = None
    source: Source = Source.LIVE
    thread: Id | None = None
    root: Id | None = None
    target: Id | None = None
    receipt: ReceiptPayload | None = None
    extra: Annotated[dict[str, Short], Few] = {}


class ReplyAnswer(msgspec.Struct):
    """What a partner may say when it takes a reply, or is asked about one."""

    external_id: str | None = None
