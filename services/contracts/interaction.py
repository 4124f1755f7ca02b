"""The neutral event: what every connector and the inlet produce, whatever the platform. Plain data, no I/O.

Its fields are stored as columns, because measurement, influence and listening are built on them and cannot be
back-filled. `conversation_key` says which events form one thread.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.contracts.vocabulary import Addressed, Control, Direction, Kind, Media, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An e-mail address or phone number as given, and whether the source vouches for it."""

    value: str
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """One account of a person on one network, as the platform showed it at that moment."""

    network: str
    external_id: str
    scope: str = ""
    handle: str | None = None
    name: str | None = None
    avatar_url: str | None = None
    bio: str | None = None
    language: str | None = None
    followers: int | None = None
    emails: tuple[Claimed, ...] = ()
    phones: tuple[Claimed, ...] = ()
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """The place where it was said: page, post, group, blog, forum, hashtag, review site, mailbox."""

    network: str
    external_id: str
    scope: str = ""
    url: str | None = None
    title: str | None = None
    control: Control = Control.OURS
    media: Media = Media.OWNED


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """What an interaction answers; the author is known only where the platform tells."""

    external_id: str
    author: Author | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Media beside a text. `reference` is the platform's own handle where there is no address yet; `media_id` our copy of the file."""

    kind: str
    url: str | None = None
    reference: str | None = None
    content_type: str | None = None
    name: str | None = None
    size_bytes: int | None = None
    media_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """News of something we sent: the platform's id of it, and its state there.

    Where a platform names no message, `external_id` is "" and `until` the time up to which all that we sent to the person has that state.
    `reference` is our reply's id, where the platform hands it back: it finds a reply whose platform's id we were never told.
    """

    external_id: str
    state: str
    reason: str | None = None
    until: datetime | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeutralEvent:
    """One thing that happened. `id` is the platform's id of it, unique in the channel and stable over redelivery.

    `thread` and `root` are parts of the conversation key (see `conversation_key`). `target` names the earlier event that an edit,
    deletion, unreaction or receipt is about. `recipient` is the person an outbound event (an echo, a native reply) speaks to.
    `ancestors` are the ids of earlier messages of its thread, nearest first: it joins the conversation of the first that is known.
    `thread_before` names the thread that it joins instead where something was said there in the last 30 days. `automatic` says what
    machine wrote it ("automatic reply", "mailing list"), where no person did: it owes no answer.
    `occurred_at` is aware and in UTC.
    """

    id: str
    occurred_at: datetime
    kind: Kind
    author: Author
    venue: Venue
    public: bool = False
    direction: Direction = Direction.INBOUND
    text: str | None = None
    rating: float | None = None
    attachments: tuple[Attachment, ...] = ()
    in_reply_to: Parent | None = None
    mentions: tuple[Author, ...] = ()
    recipient: Author | None = None
    addressed: Addressed = Addressed.US
    campaign: str | None = None
    referral_code: str | None = None
    echo_of: str | None = None
    source: Source = Source.LIVE
    thread: str | None = None
    root: str | None = None
    target: str | None = None
    receipt: Receipt | None = None
    ancestors: tuple[str, ...] = ()
    thread_before: str | None = None
    automatic: str | None = None
    extra: dict[str, str] = field(default_factory=dict)


def conversation_key(event: NeutralEvent) -> tuple[str, ...]:
    """The parts that name an event's thread inside its channel; equal keys are one conversation.

    direct, and a note on one: the person (or the platform's own chat, where `thread` names it); comment: the post and its top-level
    comment; mention and third-party post: the venue and its root post; review: its id; e-mail: `thread` holds the first of References, or
    address, subject root and the 30 days it fell in where there are none; engagement lets `ancestors` and `thread_before` go before it.
    Everything else hangs on the person.
    """
    who = event.recipient if event.direction is Direction.OUTBOUND and event.recipient else event.author
    person = f"{who.network}:{who.scope}:{who.external_id}"
    match event.kind:
        case Kind.COMMENT:
            top = event.thread or (event.in_reply_to.external_id if event.in_reply_to else None) or event.id
            return ("comment", event.venue.scope, event.root or event.venue.external_id, top)
        case Kind.MENTION | Kind.POST:
            return ("mention", event.venue.scope, event.venue.external_id, event.root or event.thread or event.id)
        case Kind.REVIEW:
            return ("review", event.venue.external_id, event.root or event.id)
        case Kind.DIRECT | Kind.NOTE:
            return ("direct", event.thread or person)
        case _:
            return ("direct", person)
