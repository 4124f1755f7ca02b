"""A post as a neutral event: a comment under something of ours, a mention, a post of somebody's own. Called by views and stream; pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.contracts.interaction import Author, NeutralEvent, Parent, Venue
from services.contracts.vocabulary import Addressed, Direction, Kind
from services.engagement.connectors.bluesky.addresses import owner_of, page_of, read_moment
from services.engagement.connectors.bluesky.content import attachments_of, links_of, mentions_of, quoted_in, tags_of
from services.engagement.connectors.bluesky.payloads import Record, Ref
from services.engagement.connectors.bluesky.people import NOBODY, author_named, our_handle, venue_of
from services.engagement.connectors.bluesky.setting import Setting

# A record says itself when it was made. What reached us today is not taken for history because it says so.
_BACKDATED = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post and what was shown beside it. `reason` is that of the notification which told us, `subject` what of ours it is about.

    `known` are people who were shown beside it, by DID.
    """

    record: Record
    uri: str
    cid: str | None = None
    author: Author | None = None
    embeds: tuple[object, ...] = ()
    labels: tuple[str, ...] = ()
    indexed_at: datetime | None = None
    reason: str | None = None
    subject: str | None = None
    known: tuple[Author, ...] = ()


def event_of_post(post: Post, *, setting: Setting) -> NeutralEvent:
    """The event of a post."""
    setting = replace(setting, us=setting.us or owner_of(post.subject))
    record, author = post.record, post.author or author_named(owner_of(post.uri)) or NOBODY
    text = record.text or ""
    embeds = (*post.embeds, record.embed)
    mentions = mentions_of(text, facets=record.facets, entities=record.entities)
    quoted, quoted_text = quoted_in(embeds)
    kind = _kind(post, author=author, mentions=mentions, quoted=quoted, setting=setting)
    root, parent = _root(post), _uri(record.reply.parent if record.reply else None)
    outbound = setting.is_us(author.external_id)
    parent_author = _author_of(parent, known=post.known)
    event = NeutralEvent(
        id=post.uri,
        occurred_at=moment_of(record.created_at, indexed_at=post.indexed_at, setting=setting, trusted=post.reason is not None),
        kind=kind,
        author=author,
        venue=_venue(post, root=root, author=author, kind=kind, setting=setting),
        public=True,
        direction=Direction.OUTBOUND if outbound else Direction.INBOUND,
        text=text or None,
        attachments=attachments_of(embeds, author=author.external_id),
        in_reply_to=Parent(external_id=parent, author=parent_author) if parent else None,
        mentions=mentions,
        recipient=parent_author if outbound else None,
        echo_of=post.uri if outbound else None,
        source=setting.source,
        root=root,
        thread=_top(post, parent=parent, root=root) if kind is Kind.COMMENT else None,
        ancestors=(parent,) if parent and parent != root else (),
        extra=_extra(post, quoted=quoted, quoted_text=quoted_text),
    )
    return replace(event, addressed=_addressed(post, event=event, setting=setting))


def moment_of(said: str | None, *, indexed_at: datetime | None, setting: Setting, trusted: bool = False) -> datetime:
    """When it was made: as the record says, never later than the network saw it.

    `trusted`: what a notification, which came just now, says about its arrival counts more than a record that dates itself back.
    """
    latest = indexed_at or setting.received_at
    created = read_moment(said)
    if created is None or created > latest:
        return latest
    return latest if trusted and indexed_at and latest - created > _BACKDATED else created


def _kind(post: Post, *, author: Author, mentions: Iterable[Author], quoted: str | None, setting: Setting) -> Kind:
    """Under something of ours it is a comment, whoever it names; else a mention where it names or quotes us."""
    reply = post.record.reply
    answers = bool(reply and (_uri(reply.root) or _uri(reply.parent)))
    if setting.is_us(author.external_id):
        return Kind.COMMENT if answers else Kind.POST
    if reply and answers and any(setting.is_us(owner_of(_uri(ref))) for ref in (reply.root, reply.parent)):
        return Kind.COMMENT
    if post.reason in {"mention", "quote"}:
        return Kind.MENTION
    if post.reason == "reply":
        return Kind.COMMENT
    if any(setting.is_us(mention.external_id) for mention in mentions) or setting.is_us(owner_of(quoted)):
        return Kind.MENTION
    return Kind.COMMENT if answers else Kind.POST


def _addressed(post: Post, *, event: NeutralEvent, setting: Setting) -> Addressed:
    """Whoever answers us or names us speaks to us; a quote speaks about us."""
    if event.direction is Direction.OUTBOUND or post.reason == "mention":
        return Addressed.US
    if any(setting.is_us(mention.external_id) for mention in event.mentions):
        return Addressed.US
    if event.in_reply_to and setting.is_us(owner_of(event.in_reply_to.external_id)):
        return Addressed.US
    if event.kind is Kind.MENTION:
        return Addressed.ABOUT_US
    # A notification of an answer whose account nobody told us is ours to read all the same.
    return Addressed.US if post.reason == "reply" and not setting.us else Addressed.OTHERS


def _venue(post: Post, *, root: str, author: Author, kind: Kind, setting: Setting) -> Venue:
    """The account under whose post it stands."""
    owner = owner_of(root) or (author.external_id if root == post.uri and author is not NOBODY else None)
    nameless = owner is None and not setting.us and kind is Kind.COMMENT and post.reason == "reply"
    ours = setting.is_us(owner) or nameless
    title = author.handle if owner == author.external_id else None
    return venue_of(owner or (setting.us if ours else None), ours=ours, title=title or our_handle(setting.channel, us=owner))


def _root(post: Post) -> str:
    """The first post of the thread: itself, where it answers none."""
    reply = post.record.reply
    if reply is None:
        return post.uri
    return _uri(reply.root) or _uri(reply.parent) or post.uri


def _top(post: Post, *, parent: str | None, root: str) -> str:
    """The comment under which it stands. Between the two ends of a longer chain the record is silent: then what it answers."""
    return post.uri if parent is None or parent == root else parent


def _author_of(uri: str | None, *, known: Iterable[Author]) -> Author | None:
    did = owner_of(uri)
    return next((author for author in known if author.external_id == did), None) or author_named(did)


def _extra(post: Post, *, quoted: str | None, quoted_text: str | None) -> dict[str, str]:
    """Facts without a column. An answer needs the versions (cid) of what it answers and of the thread's root."""
    record, reply = post.record, post.record.reply
    facts = {
        "cid": post.cid,
        "root_cid": reply.root.cid if reply and reply.root else None,
        "url": page_of(post.uri),
        "reason": post.reason,
        "langs": " ".join(record.langs),
        "tags": " ".join(tags_of(record)),
        "links": " ".join(links_of(record.facets, entities=record.entities)),
        "quoted": quoted,
        "quoted_text": quoted_text,
        "labels": " ".join(dict.fromkeys(post.labels)),
    }
    return {name: value for name, value in facts.items() if value}


def _uri(ref: Ref | None) -> str | None:
    return (ref.uri or None) if ref else None
