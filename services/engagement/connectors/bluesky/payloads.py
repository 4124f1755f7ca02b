"""The slice of the AT Protocol's objects that is read; every field may be missing. Called by the readers beside.

Lexicons: https://github.com/bluesky-social/atproto/tree/main/lexicons (app.bsky.feed, .notification, .actor, chat.bsky.convo).
"""

import msgspec


class Ref(msgspec.Struct, rename="camel"):
    """com.atproto.repo.strongRef: a record and which version of it."""

    uri: str | None = None
    cid: str | None = None


class ReplyRefs(msgspec.Struct, rename="camel"):
    """app.bsky.feed.post#replyRef."""

    root: Ref | None = None
    parent: Ref | None = None


class ByteSlice(msgspec.Struct, rename="camel"):
    """app.bsky.richtext.facet#byteSlice: bytes of the text in UTF-8."""

    byte_start: int | None = None
    byte_end: int | None = None


class Feature(msgspec.Struct, rename="camel"):
    """One of #mention, #link, #tag."""

    type_: str | None = msgspec.field(name="$type", default=None)
    did: str | None = None
    uri: str | None = None
    tag: str | None = None


class Facet(msgspec.Struct, rename="camel"):
    """app.bsky.richtext.facet."""

    index: ByteSlice | None = None
    features: list[Feature] = []


class TextSlice(msgspec.Struct, rename="camel"):
    """app.bsky.feed.post#textSlice: UTF-16 units."""

    start: int | None = None
    end: int | None = None


class Entity(msgspec.Struct, rename="camel"):
    """app.bsky.feed.post#entity: what facets were before 2023."""

    index: TextSlice | None = None
    type: str | None = None
    value: str | None = None


class Record(msgspec.Struct, rename="camel"):
    """A post, like, repost or follow, as it lies in a repository. `subject` is a Ref, or the DID of a follow."""

    type_: str | None = msgspec.field(name="$type", default=None)
    text: str | None = None
    created_at: str | None = None
    langs: list[str] = []
    tags: list[str] = []
    facets: list[Facet] = []
    entities: list[Entity] = []
    reply: ReplyRefs | None = None
    embed: object = None
    subject: object = None
    via: Ref | None = None


class Profile(msgspec.Struct, rename="camel"):
    """app.bsky.actor.defs#profileView, its basic and detailed forms, and chat.bsky.actor.defs#profileViewBasic."""

    did: str | None = None
    handle: str | None = None
    display_name: str | None = None
    description: str | None = None
    avatar: str | None = None
    followers_count: int | None = None


class Label(msgspec.Struct, rename="camel"):
    """com.atproto.label.defs#label."""

    val: str | None = None


class Viewer(msgspec.Struct, rename="camel"):
    """app.bsky.feed.defs#viewerState: what we did to a post."""

    like: str | None = None


class View(msgspec.Struct, rename="camel"):
    """A record with its author, as the AppView shows it: a post view, a notification, a quoted record, a stored record."""

    uri: str | None = None
    cid: str | None = None
    author: Profile | None = None
    record: Record | None = None
    value: Record | None = None
    embed: object = None
    embeds: list[object] = []
    reason: object = None
    reason_subject: str | None = None
    labels: list[Label] = []
    viewer: Viewer | None = None
    indexed_at: str | None = None

    @property
    def said(self) -> Record:
        """The record, under either of its names."""
        return self.record or self.value or Record()


class RepostReason(msgspec.Struct, rename="camel"):
    """app.bsky.feed.defs#reasonRepost."""

    by: Profile | None = None
    uri: str | None = None
    cid: str | None = None
    indexed_at: str | None = None


class LikeView(msgspec.Struct, rename="camel"):
    """app.bsky.feed.getLikes#like."""

    actor: Profile | None = None
    created_at: str | None = None
    indexed_at: str | None = None


class Commit(msgspec.Struct, rename="camel"):
    """One write as Jetstream tells it: `operation` (or, long ago, `type` c, u, d) on a record."""

    rev: str | None = None
    operation: str | None = None
    type: str | None = None
    collection: str | None = None
    rkey: str | None = None
    cid: str | None = None
    record: Record | None = None


class StreamEvent(msgspec.Struct, rename="camel"):
    """An event of Jetstream. v1 keeps the write in `commit` and its time in `time_us`; v2 has both beside one another."""

    did: str | None = None
    kind: str | None = None
    type: str | None = None
    seq: int | str | None = None
    time_us: int | str | None = msgspec.field(name="time_us", default=None)
    time: str | None = None
    commit: Commit | None = None


class Sender(msgspec.Struct, rename="camel"):
    """chat.bsky.convo.defs#messageViewSender."""

    did: str | None = None


class Reaction(msgspec.Struct, rename="camel"):
    """chat.bsky.convo.defs#reactionView."""

    value: str | None = None
    sender: Sender | None = None
    created_at: str | None = None


class Message(msgspec.Struct, rename="camel"):
    """chat.bsky.convo.defs#messageView, #deletedMessageView (no text) and #systemMessageView (data)."""

    type_: str | None = msgspec.field(name="$type", default=None)
    id: str | None = None
    rev: str | None = None
    text: str | None = None
    facets: list[Facet] = []
    embed: object = None
    sender: Sender | None = None
    sent_at: str | None = None
    data: object = None
    reply_to: object = None
    convo_id: str | None = None


class Log(msgspec.Struct, rename="camel"):
    """One of chat.bsky.convo.getLog."""

    type_: str | None = msgspec.field(name="$type", default=None)
    rev: str | None = None
    convo_id: str | None = None
    message: Message | None = None
    reaction: Reaction | None = None
    related_profiles: list[Profile] = []


class ConvoKind(msgspec.Struct, rename="camel"):
    """chat.bsky.convo.defs#directConvo or #groupConvo."""

    type_: str | None = msgspec.field(name="$type", default=None)
    name: str | None = None


class Convo(msgspec.Struct, rename="camel"):
    """chat.bsky.convo.defs#convoView."""

    id: str | None = None
    rev: str | None = None
    members: list[Profile] = []
    last_message: Message | None = None
    kind: ConvoKind | None = None
