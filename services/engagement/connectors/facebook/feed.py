"""What happens on a Page's wall, and where others mention it, as neutral events or as ignored. Called by reading; pure.

Vendor's page: https://developers.facebook.com/docs/graph-api/webhooks/reference/page (feed, mention, ratings, group_feed).
"""

from dataclasses import dataclass, replace

from services.contracts.interaction import Author, NeutralEvent, Parent, Venue
from services.contracts.vocabulary import Direction, Kind
from services.engagement.connectors.facebook import attachments
from services.engagement.connectors.facebook.payloads import Change, typed
from services.engagement.connectors.facebook.people import Setting, author_of, foreign_venue, ident, owner_of, page_venue
from services.engagement.connectors.facebook.reviews import comment_under_review, review_of, story_of
from services.engagement.protocol import Parsed

NEW = {"add", "create", "created", "new", "post", "reply", "follow", "like", "share"}
CHANGED = {"edit", "edited", "update", "updated"}
GONE = {"remove", "removed", "delete", "deleted", "unfollow", "unlike"}
_MODERATED = {
    "hide": "hidden",
    "hidden": "hidden",
    "unhide": "shown again",
    "block": "blocked",
    "unblock": "shown again",
    "mute": "muted",
    "unmute": "heard again",
}
_REACTIONS = {"reaction", "like", "follow"}
_POSTS = {
    "post",
    "status",
    "photo",
    "video",
    "share",
    "link",
    "album",
    "note",
    "event",
    "milestone",
    "offer",
    "story",
    "reel",
    "live_video",
}
_REVIEWS = {"rating", "review", "recommendation"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One change with what every reader needs of it."""

    change: Change
    field: str
    setting: Setting
    item: str
    verb: str
    author: Author
    raw: dict[str, object]

    @property
    def ours(self) -> bool:
        """Whether our Page did it."""
        return bool(self.setting.page) and self.author.external_id == self.setting.page

    def event(self, kind: Kind, *, key: str, venue: Venue) -> NeutralEvent:
        """The event without what is special about it."""
        return NeutralEvent(
            id=key,
            occurred_at=self.setting.moment(self.change.created_time),
            kind=kind,
            author=self.author,
            venue=venue,
            public=True,
            direction=Direction.OUTBOUND if self.ours else Direction.INBOUND,
        )


def read_change(raw: dict[str, object], *, field: str, setting: Setting) -> Parsed:
    """What the value of one change means."""
    change = typed(raw, into=Change)
    item = (change.item or _item_of(change)).strip().lower()
    verb = (change.verb or "add").strip().lower()
    told = Told(change=change, field=field, setting=setting, item=item, verb=verb, author=author_of(change, setting=setting), raw=raw)
    if verb in _MODERATED:
        return Parsed(ignored=f"a {item or 'post'} was {_MODERATED[verb]}; what it says stands")
    if verb not in NEW | CHANGED | GONE:
        return Parsed(unknown=f"verb {verb[:50]} of a {item[:50]}")
    for items, reader in ((_REACTIONS, _reaction), (_REVIEWS, _review), ({"comment"}, _comment), (_POSTS, _post)):
        if item in items:
            return reader(told)
    return _post(told)


def _item_of(change: Change) -> str:
    """What a change without an item is about."""
    if change.comment_id:
        return "reaction" if change.reaction_type else "comment"
    if change.reaction_type:
        return "reaction"
    if change.open_graph_story_id or change.recommendation_type or change.rating is not None:
        return "rating"
    return "post"


def _of(told: Told, *, new: NeutralEvent | None) -> Parsed:
    """The event of a verb: new, changed or gone."""
    if new is None:
        return Parsed(ignored=f"a {told.item} without an id")
    if told.verb in NEW:
        return Parsed(events=(new,))
    at = told.setting.moment(told.setting.entry_time, told.change.created_time)
    if told.verb in GONE:
        gone = replace(new, text=None, attachments=(), rating=None, mentions=())
        return Parsed(events=(replace(gone, id=f"{new.id}:deleted", kind=Kind.DELETION, occurred_at=at, echo_of=None, target=new.id),))
    edited = replace(new, id=f"{new.id}:edit:{told.setting.digest}", kind=Kind.EDIT, occurred_at=at, echo_of=None, target=new.id)
    return Parsed(events=(edited,))


def _post(told: Told) -> Parsed:
    """A post on our wall, by us or by a visitor; a mention is one on somebody else's."""
    change = told.change
    key = (
        change.post_id or ident(told.raw.get(f"{told.item}_id")) or change.share_id or change.album_id or change.photo_id or change.video_id
    )
    if not key:
        return _of(told, new=None)
    mention = told.field == "mention"
    url = change.permalink_url or (change.post.permalink_url if change.post else None)
    venue = foreign_venue(told.setting, owner=owner_of(key) or change.sender_id, url=url) if mention else page_venue(told.setting, url=url)
    event = told.event(Kind.MENTION if mention else Kind.POST, key=key, venue=venue)
    facts = {
        "item": told.item if told.item not in {"post", "status"} else None,
        "unpublished": "true" if change.published == 0 else None,
        "group": change.group_id,
    }
    event = replace(
        event,
        text=change.message or change.story or None,
        attachments=attachments.of_change(change),
        echo_of=key if told.ours else None,
        root=key,
        extra={name: value for name, value in facts.items() if value},
    )
    return _of(told, new=event)


def _review(told: Told) -> Parsed:
    event = told.event(Kind.REVIEW, key="", venue=page_venue(told.setting))
    return _of(told, new=review_of(told.change, event=event, digest=told.setting.digest))


def _comment(told: Told) -> Parsed:
    """A comment under a post, or an answer to one; `thread` is the topmost of them."""
    change, setting = told.change, told.setting
    key = change.comment_id or (f"comment:{setting.digest}" if change.message else None)
    if not key:
        return _of(told, new=None)
    mention = told.field == "mention"
    url = change.permalink_url or (change.post.permalink_url if change.post else None)
    post = _post_of(change, setting=setting)
    answers = change.parent_id if change.parent_id and not _is_same(change.parent_id, post) else None
    venue = foreign_venue(setting, owner=owner_of(post), url=url) if mention else page_venue(setting, url=url)
    above = answers or post
    event = replace(
        told.event(Kind.MENTION if mention else Kind.COMMENT, key=key, venue=venue),
        text=change.message or None,
        attachments=attachments.of_change(change),
        in_reply_to=Parent(external_id=above) if above else None,
        echo_of=key if told.ours else None,
        root=post,
        thread=answers or key,
        extra={"group": change.group_id} if change.group_id else {},
    )
    if told.field == "ratings":
        event = comment_under_review(event, change=change)
    return _of(told, new=event)


def _post_of(change: Change, *, setting: Setting) -> str | None:
    """The post of a comment: told, or by the comment's id, which begins with the short id of its post."""
    told = change.post_id or (change.post.id if change.post else None)
    short = owner_of(change.comment_id)
    return told or (f"{setting.page}_{short}" if short and setting.page else short)


def _is_same(one: str, other: str | None) -> bool:
    """Whether two ids name one post: with and without the id of its wall before it."""
    return bool(other) and (one == other or one == str(other).rpartition("_")[2] or other == one.rpartition("_")[2])


def _reaction(told: Told) -> Parsed:
    """A like or another reaction; without a post it is the Page that is liked. The same one of the same person has one id."""
    change, setting = told.change, told.setting
    above = change.comment_id or (story_of(change) if told.field == "ratings" else change.post_id) or change.parent_id
    emotion = (change.reaction_type or "like").lower()
    gone = told.verb in GONE
    mark = setting.mark(change.created_time)
    if not above and told.item == "reaction":
        return Parsed(ignored="a reaction to nothing")
    if not above:
        kind = Kind.UNFOLLOW if gone else Kind.FOLLOW
        key = f"{setting.page}:{kind.value}:{told.author.external_id}:{mark}"
        return Parsed(events=(told.event(kind, key=key, venue=page_venue(setting)),))
    key = f"{above}:reaction:{told.author.external_id}:{emotion}"
    event = replace(
        told.event(Kind.UNREACTION if gone else Kind.REACTION, key=f"{key}:ended:{mark}" if gone else key, venue=page_venue(setting)),
        text=emotion,
        in_reply_to=Parent(external_id=above),
        target=key if gone else above,
        root=story_of(change) if told.field == "ratings" else _post_of(change, setting=setting),
    )
    return Parsed(events=(event,))
