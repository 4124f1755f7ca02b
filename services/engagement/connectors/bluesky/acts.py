"""Likes, reposts and follows as reactions and follows, and what ends them. Called by views and stream; pure."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.interaction import Author, NeutralEvent, Parent
from services.contracts.vocabulary import Addressed, Direction, Kind
from services.engagement.connectors.bluesky.addresses import FOLLOW, LIKE, POST, REPOST, owner_of
from services.engagement.connectors.bluesky.payloads import Record, Ref
from services.engagement.connectors.bluesky.people import author_named, our_handle, venue_of
from services.engagement.connectors.bluesky.posts import moment_of
from services.engagement.connectors.bluesky.setting import Setting
from services.engagement.protocol import salvage

ACTS = {LIKE: "like", REPOST: "repost", FOLLOW: "follow"}
_ENDINGS = {POST: Kind.DELETION, LIKE: Kind.UNREACTION, REPOST: Kind.UNREACTION, FOLLOW: Kind.UNFOLLOW}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A record that is about something: `what` is like, repost, follow or joined; `told`: a notification says that it concerns us."""

    what: str
    uri: str
    author: Author
    subject: str | None
    made: str | None = None
    indexed_at: datetime | None = None
    via: str | None = None
    cid: str | None = None
    told: bool = False


def act_of(record: Record, *, what: str, uri: str, author: Author, cid: str | None = None) -> Act:
    """The act that a record says."""
    subject = record.subject if isinstance(record.subject, str) else salvage(record.subject, into=Ref).uri
    via = record.via.uri if record.via else None
    return Act(what=what, uri=uri, author=author, subject=subject, made=record.created_at, via=via, cid=cid)


def event_of_act(act: Act, *, setting: Setting) -> NeutralEvent:
    """The event of a like, repost, follow or joining."""
    follows = act.what == "follow"
    owner = act.subject if follows else owner_of(act.subject)
    ours = setting.is_us(owner) or (act.told and (not setting.us or owner is None))
    owner = owner or (setting.us if ours else None)
    outbound = setting.is_us(act.author.external_id)
    at = moment_of(act.made, indexed_at=act.indexed_at, setting=setting, trusted=act.told)
    answered = None if follows else act.subject
    facts = {"cid": act.cid, "via": act.via}
    return NeutralEvent(
        id=act.uri,
        occurred_at=at,
        kind=Kind.FOLLOW if follows else Kind.REACTION,
        author=act.author,
        venue=venue_of(owner, ours=ours, title=our_handle(setting.channel, us=owner)),
        public=True,
        direction=Direction.OUTBOUND if outbound else Direction.INBOUND,
        text=None if follows else act.what,
        in_reply_to=Parent(external_id=answered, author=author_named(owner)) if answered else None,
        recipient=author_named(owner) if outbound else None,
        addressed=Addressed.US if ours or outbound or act.told else Addressed.OTHERS,
        source=setting.source,
        target=answered,
        extra={name: value for name, value in facts.items() if value},
    )


def ending_of(collection: str, *, uri: str, rev: str, at: datetime, setting: Setting) -> NeutralEvent | None:
    """What the deletion of a record means; None for records that say nothing to anybody."""
    kind, author = _ENDINGS.get(collection), author_named(owner_of(uri))
    if kind is None or author is None:
        return None
    ours = setting.is_us(author.external_id)
    return NeutralEvent(
        id=f"{uri}:deleted:{rev}",
        occurred_at=at,
        kind=kind,
        author=author,
        venue=venue_of(author.external_id, ours=ours),
        public=True,
        direction=Direction.OUTBOUND if ours else Direction.INBOUND,
        addressed=Addressed.OTHERS,
        source=setting.source,
        target=uri,
    )
