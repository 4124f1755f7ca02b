"""Comments, live comments and mentions as neutral events, and every other field of `changes`. Called by reading; pure.

Vendor's page: https://developers.facebook.com/docs/graph-api/webhooks/reference/instagram.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from services.contracts.interaction import Author, NeutralEvent, Parent
from services.contracts.vocabulary import Addressed, Direction, Kind, Media
from services.engagement.connectors.instagram.payloads import Comment, CommentMedia, Party
from services.engagement.connectors.instagram.people import (
    NOBODY,
    Setting,
    mentions_in,
    moment,
    our_venue,
    person,
    text_id,
    their_venue,
    us,
)
from services.engagement.protocol import Parsed, read_payload, salvage

_GONE = frozenset({"remove", "removed", "delete", "deleted"})


def read_comment(raw: bytes, *, setting: Setting, live: bool = False, above: Comment | None = None) -> Parsed:
    """A comment under a post of ours, and the answers that the API tells with it. `above` is the comment it was found beneath."""
    comment = read_payload(raw, into=Comment)
    if not _id_of(comment) and not comment.text:
        return Parsed(ignored="a comment without id and text")
    if (comment.verb or "").lower() in _GONE:
        return Parsed(events=(_deletion(comment, setting=setting),))
    event = comment_of(comment, setting=setting, above=above)
    if live:
        event = replace(event, extra={**event.extra, "live": "true"})
    return Parsed(events=(event, *_beneath(comment, setting=setting)))


def read_mention(raw: bytes, *, setting: Setting) -> Parsed:
    """Someone named us: in a comment under somebody's post, or in the text of a post. Instagram tells the ids, and not who."""
    comment = read_payload(raw, into=Comment)
    media = _media_of(comment)
    key = text_id(comment.comment_id) or text_id(comment.id) or media
    if not key:
        return Parsed(ignored="a mention of no comment and no post")
    permalink = comment.media.permalink if comment.media else None
    facts = {"media_id": media, "comment_id": text_id(comment.comment_id) or (key if key != media else "")}
    event = NeutralEvent(
        id=key,
        occurred_at=moment(comment.timestamp if comment.timestamp is not None else comment.created_time, otherwise=setting.at),
        kind=Kind.MENTION,
        author=_writer(comment, setting=setting) or NOBODY,
        venue=their_venue(media or key, url=permalink),
        public=True,
        text=comment.text,
        in_reply_to=Parent(external_id=media) if media and key != media else None,
        mentions=(us(setting),),
        source=setting.source,
        root=media or key,
        extra={name: value for name, value in facts.items() if value},
    )
    return Parsed(events=(event,))


def comment_of(comment: Comment, *, setting: Setting, above: Comment | None = None) -> NeutralEvent:
    """The event of a comment."""
    media, parent = comment.media or (above.media if above else None) or CommentMedia(), text_id(comment.parent_id)
    parent = parent or (_id_of(above) if above else "")
    root = text_id(media.id) or text_id(comment.media_id) or (text_id(above.media_id) if above else "")
    key = _id_of(comment) or f"comment:{setting.digest}"
    outbound = _is_ours(comment, setting=setting)
    paid = Media.PAID if media.ad_id is not None else Media.OWNED
    mentions = mentions_in(comment.text, setting=setting)
    writer = _writer(comment, setting=setting) or NOBODY
    if outbound and not setting.ours and writer.external_id.isdigit():
        # Nobody said which account is ours, but its own words do.
        setting = replace(setting, account=writer.external_id)
    return NeutralEvent(
        id=key,
        occurred_at=moment(comment.timestamp if comment.timestamp is not None else comment.created_time, otherwise=setting.at),
        kind=Kind.COMMENT,
        author=writer,
        venue=our_venue(setting, media=paid),
        public=True,
        direction=Direction.OUTBOUND if outbound else Direction.INBOUND,
        text=comment.text,
        recipient=_answered(above, setting=setting) if outbound else None,
        in_reply_to=_parent(parent, root=root, above=above, setting=setting),
        mentions=mentions,
        addressed=_addressed(comment, parent=parent, mentions=mentions, setting=setting),
        campaign=text_id(media.ad_id) or None,
        echo_of=key if outbound else None,
        source=setting.source,
        thread=parent or key,
        root=root or None,
        extra=_facts(media),
    )


def _beneath(comment: Comment, *, setting: Setting) -> Iterator[NeutralEvent]:
    for told in comment.replies.data if comment.replies else ():
        answer = salvage(told, into=Comment)
        if _id_of(answer):
            yield comment_of(answer, setting=setting, above=comment)


def _deletion(comment: Comment, *, setting: Setting) -> NeutralEvent:
    event = comment_of(comment, setting=setting)
    return replace(event, id=f"{event.id}:deleted", kind=Kind.DELETION, target=event.id, text=None, echo_of=None, mentions=())


def _parent(parent: str, *, root: str, above: Comment | None, setting: Setting) -> Parent | None:
    """The comment it answers, else our post."""
    if parent:
        return Parent(external_id=parent, author=_writer(above, setting=setting) if above else None)
    return Parent(external_id=root, author=us(setting)) if root else None


def _answered(above: Comment | None, *, setting: Setting) -> Author | None:
    """Whom our own comment answers, where the API shows it beneath theirs."""
    return None if above is None or _is_ours(above, setting=setting) else _writer(above, setting=setting)


def _addressed(comment: Comment, *, parent: str, mentions: tuple[Author, ...], setting: Setting) -> Addressed:
    """What is written under our posts speaks to us, but for answers that begin with somebody else's name, and mere names of friends."""
    if not mentions or not setting.handle or us(setting) in mentions:
        return Addressed.US
    text = (comment.text or "").strip()
    only_names = all(word.startswith("@") for word in text.split())
    return Addressed.OTHERS if only_names or (parent and text.startswith("@")) else Addressed.US


def _is_ours(comment: Comment, *, setting: Setting) -> bool:
    """Whether our account wrote it: by its id, by its name, or by what Meta tells of our own comments only."""
    writer = comment.from_ or Party()
    handle = (writer.username or comment.username or "").lower()
    own = text_id(writer.self_ig_scoped_id)
    named = bool(handle) and handle == setting.handle
    told = (own != "" and own != text_id(writer.id)) or (comment.user is not None and comment.user.id is not None)
    return text_id(writer.id) in setting.ours or named or told


def _writer(comment: Comment | None, *, setting: Setting) -> Author | None:
    if comment is None:
        return None
    writer = comment.from_ or Party()
    if _is_ours(comment, setting=setting):
        known_as = text_id(writer.id) or (text_id(comment.user.id) if comment.user else "")
        return us(setting, known_as=known_as, handle=writer.username or comment.username)
    return person(Party(id=writer.id, username=writer.username or comment.username, name=writer.name), setting)


def _facts(media: CommentMedia) -> dict[str, str]:
    facts = {
        "media_product_type": media.media_product_type,
        "ad_title": media.ad_title,
        "original_media_id": text_id(media.original_media_id),
    }
    return {name: value for name, value in facts.items() if value}


def _media_of(comment: Comment) -> str:
    return text_id(comment.media_id) or (text_id(comment.media.id) if comment.media else "")


def _id_of(comment: Comment) -> str:
    return text_id(comment.id) or text_id(comment.comment_id)


def _live_comment(raw: bytes, *, setting: Setting) -> Parsed:
    return read_comment(raw, setting=setting, live=True)


def _ignored(reason: str) -> Callable[..., Parsed]:
    def read(raw: bytes, *, setting: Setting) -> Parsed:  # noqa: ARG001 - the reason is all
        return Parsed(ignored=reason)

    return read


CHANGES: Mapping[str, Callable[..., Parsed]] = {
    "comments": read_comment,
    "live_comments": _live_comment,
    "mentions": read_mention,
    "story_mentions": read_mention,
    "story_insights": _ignored("figures of a story"),
    "messaging_handover": _ignored("the conversation was handed over between apps"),
    "messaging_policy_enforcement": _ignored("a warning of Meta's about our own account"),
    "onboarding_welcome_message_series": _ignored("the welcome messages of our own account changed"),
    "comment_poll_response": _ignored("counts of a poll name nobody"),
    "story_poll_response": _ignored("counts of a poll name nobody"),
    "share_to_story": _ignored("a post of ours was shared in a story, which names nobody"),
    "story_share": _ignored("a post of ours was shared in a story, which names nobody"),
    "follow": _ignored("a follower whom Instagram does not name"),
    "creator_marketplace_invited_creator_onboarding": _ignored("news of the creator marketplace"),
    "creator_marketplace_projects": _ignored("news of the creator marketplace"),
}
