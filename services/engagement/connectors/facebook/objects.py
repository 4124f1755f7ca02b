"""Objects of the Graph API as neutral events: comments, posts, messages, conversations, recommendations. Called by reading; pure.

They have the ids that the same things have in webhooks, so that what is asked for later is nothing new.
"""

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from services.contracts.interaction import Author, NeutralEvent, Parent
from services.contracts.vocabulary import Addressed, Direction, Kind
from services.engagement.connectors.facebook import attachments
from services.engagement.connectors.facebook.payloads import GraphObject, Person, Tag, typed
from services.engagement.connectors.facebook.people import Setting, foreign_venue, nobody, owner_of, page_of, page_venue, person_of
from services.engagement.connectors.facebook.reviews import stars_of
from services.engagement.protocol import Parsed, salvage

_OF_COMMENTS = {
    "comment_count",
    "parent",
    "can_comment",
    "can_remove",
    "can_hide",
    "user_likes",
    "attachment",
    "is_private",
    "private_reply_conversation",
}
_OF_POSTS = {
    "story",
    "status_type",
    "shares",
    "attachments",
    "is_published",
    "full_picture",
    "updated_time",
    "actions",
    "promotable_id",
    "comments",
    "tagged_time",
}
_WORDS = {"message", "story", "from", "attachments", "permalink_url", "full_picture", "picture", "source", "images", "link"}
_OF_MESSAGES = {"to", "tags", "is_unsupported", "conversation", "reply_to"}
_OF_CONVERSATIONS = {"messages", "snippet", "participants", "senders", "message_count", "unread_count"}
_OF_REVIEWS = {"reviewer", "recommendation_type", "review_text", "open_graph_story", "has_review"}
# On a wall ids are numbers, those of comments once with the Page's before the post's; in a conversation they are not.
_ON_A_WALL = re.compile(r"[0-9]+(?:_[0-9]+(_[0-9]+)?)?")
_AGE_DIGITS = 4
COMMENT, POST, MESSAGE, CONVERSATION, REVIEW = "comment", "post", "message", "conversation", "review"


def sort_of(raw: dict[str, object], *, page: str) -> str | None:
    """What an object is, by the fields that only one sort has; None where it is none that says something."""
    names, number = raw.keys(), str(raw.get("id") or "")
    wall = _ON_A_WALL.fullmatch(number)
    certain = {
        REVIEW: names & _OF_REVIEWS,
        CONVERSATION: number.startswith("t_") or names & _OF_CONVERSATIONS,
        MESSAGE: number.startswith(("m_", "mid.")) or (not wall and names & _OF_MESSAGES and "created_time" in names),
        COMMENT: (wall and wall.group(1)) or "comment_id=" in str(raw.get("permalink_url") or "") or names & _OF_COMMENTS,
    }
    for sort, told in certain.items():
        if told:
            return sort
    if not number or not names & {"created_time", "message", "story"} or "field_data" in names:
        return None
    # Albums, campaigns, films by their names alone.
    if number.isdigit() and not names & _WORDS:
        return None
    if names & _OF_POSTS or "to" in names:
        return POST
    author, owner = raw.get("from"), owner_of(number)
    if isinstance(author, dict):
        return POST if owner in {None, page, str(author.get("id"))} else COMMENT
    # Without permission nobody is named: on the Page's wall it is a post.
    return COMMENT if (owner != page if page and owner else _is_beneath(number)) else POST


def _is_beneath(number: str) -> bool:
    """Whether an id looks like a comment's: its post's number and its own are of one age, where a Page's and its post's are not."""
    above, _, own = number.partition("_")
    return len(above) == len(own) and above[:_AGE_DIGITS] == own[:_AGE_DIGITS]


def read_object(raw: dict[str, object], *, sort: str, post: str | None, setting: Setting) -> Parsed:
    """What one object means, with what hangs under it."""
    thing = typed(raw, into=GraphObject)
    if sort == CONVERSATION:
        setting = setting if setting.page else replace(setting, page=_page_among(thing.participants))
        return _together(thing.messages, sort=MESSAGE, post=None, setting=setting, none="a conversation without its messages")
    if sort == COMMENT:
        event = _comment(thing, post=post, setting=setting)
    elif sort == MESSAGE:
        event = _message(thing, setting=setting)
    elif sort == REVIEW:
        event = _review(thing, setting=setting)
    else:
        event = _post(thing, setting=setting)
        if event and not (event.text or event.attachments or thing.comments):
            event = None
    if event is None:
        return Parsed(ignored=f"a {sort} without content")
    under = _together(thing.comments, sort=COMMENT, post=event.root, setting=setting, none="nothing under it")
    if sort == COMMENT:
        # What hangs under a comment answers it, whether or not it says so.
        answers = [replace(each, thread=event.thread, in_reply_to=Parent(external_id=event.id)) for each in under.events]
        under = replace(under, events=tuple(answers))
    return Parsed(events=(event, *under.events))


def _page_among(participants: object) -> str:
    """Which of the two is the Page, where the channel does not know: Facebook names it last."""
    named = [salvage(each, into=Person).id or "" for each in attachments.listed(participants)]
    return named[-1] if len(named) > 1 else ""


def _together(value: object, *, sort: str, post: str | None, setting: Setting, none: str) -> Parsed:
    listed = value.get("data") if isinstance(value, dict) else value
    objects = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    read = [read_object(each, sort=sort, post=post, setting=setting) for each in objects]
    events = tuple(event for each in read for event in each.events)
    return Parsed(events=events) if events else Parsed(ignored=none)


def _event(thing: GraphObject, kind: Kind, *, key: str, author: Author, setting: Setting) -> NeutralEvent:
    ours = author.external_id == page_of(setting).external_id
    return NeutralEvent(
        id=key,
        occurred_at=setting.moment(thing.created_time, thing.updated_time),
        kind=kind,
        author=author,
        venue=page_venue(setting, url=thing.permalink_url if kind is not Kind.DIRECT else None),
        public=kind is not Kind.DIRECT,
        direction=Direction.OUTBOUND if ours else Direction.INBOUND,
        text=thing.message or None,
        attachments=attachments.of_object(thing),
        echo_of=key if ours else None,
    )


def _comment(thing: GraphObject, *, post: str | None, setting: Setting) -> NeutralEvent | None:
    key = thing.id or _id_in(thing.permalink_url)
    if not key:
        return None
    author = person_of(thing.from_, setting=setting) or nobody(setting, name=thing.from_.name if thing.from_ else None)
    event = _event(thing, Kind.COMMENT, key=key, author=author, setting=setting)
    root = post or _post_above(key, thing=thing, setting=setting)
    answers = thing.parent.id if thing.parent and thing.parent.id else _parent_in(thing.permalink_url, key=key)
    above = answers or root
    people = _mentioned(thing, setting=setting)
    others = bool(answers and people) and all(each.external_id != setting.page for each in people)
    return replace(
        event,
        root=root,
        thread=answers or key,
        in_reply_to=Parent(external_id=above) if above else None,
        mentions=people,
        addressed=Addressed.OTHERS if others else Addressed.US,
    )


def _post_above(key: str, *, thing: GraphObject, setting: Setting) -> str | None:
    """A comment's id begins with the short id of its post, whose long one begins with the Page."""
    if thing.object_ and thing.object_.id:
        return thing.object_.id if "_" in thing.object_.id or not setting.page else f"{setting.page}_{thing.object_.id}"
    whole = _ON_A_WALL.fullmatch(key)
    if whole and whole.group(1):
        return key.rpartition("_")[0]
    short = owner_of(key)
    return f"{setting.page}_{short}" if short and setting.page else short


def _post(thing: GraphObject, *, setting: Setting) -> NeutralEvent | None:
    if not thing.id:
        return None
    wall = owner_of(thing.id)
    if not setting.page:
        setting = replace(setting, page=wall or "")
    author = person_of(thing.from_, setting=setting)
    if author is None:
        # Without a name it is the Page's own, but for what somebody tagged it in.
        tagger = Person(id=wall) if thing.tagged_time and wall != setting.channel.account else None
        setting = replace(setting, page=setting.channel.account) if tagger else setting
        author = person_of(tagger, setting=setting) or page_of(setting)
    event = _event(thing, Kind.POST, key=thing.id, author=author, setting=setting)
    if wall not in {None, setting.page} and event.direction is Direction.INBOUND:
        event = replace(event, kind=Kind.MENTION, venue=foreign_venue(setting, owner=wall, url=thing.permalink_url))
    if thing.link and not event.attachments:
        event = replace(event, attachments=attachments.link_of(thing.link))
    return replace(
        event,
        text=event.text or thing.story or thing.description or thing.name or None,
        root=thing.id,
        mentions=_mentioned(thing, setting=setting),
    )


def _message(thing: GraphObject, *, setting: Setting) -> NeutralEvent | None:
    """A message; who of the two is the Page says its id, or where that is unknown its tag `sent`."""
    if not thing.id:
        return None
    author = person_of(thing.from_, setting=setting) or nobody(setting)
    to = [person for each in attachments.listed(thing.to) if (person := person_of(salvage(each, into=Person), setting=setting))]
    event = _event(thing, Kind.DIRECT, key=thing.id, author=author, setting=setting)
    if event.text is None and not event.attachments:
        return None
    sent = {str(each.get("name")) for each in attachments.listed(thing.tags)} & {"sent"}
    if not sent and event.direction is Direction.INBOUND:
        return event
    other = next((each for each in to if each.external_id != setting.page), None)
    return replace(event, direction=Direction.OUTBOUND, echo_of=thing.id, recipient=other)


def _review(thing: GraphObject, *, setting: Setting) -> NeutralEvent | None:
    author = person_of(thing.reviewer or thing.from_, setting=setting) or nobody(setting)
    story = thing.open_graph_story.id if thing.open_graph_story else None
    key = (story or thing.id or "").rpartition("_")[2]
    key = key or f"review:{author.external_id if author.external_id != 'unknown' else setting.digest}"
    event = _event(thing, Kind.REVIEW, key=key, author=author, setting=setting)
    recommendation = (thing.recommendation_type or "").lower()
    return replace(
        event,
        text=thing.review_text or event.text,
        rating=stars_of(thing.rating, recommendation=recommendation),
        root=key,
        extra={"recommendation": recommendation} if recommendation else {},
    )


def _mentioned(thing: GraphObject, *, setting: Setting) -> tuple[Author, ...]:
    """People and Pages tagged in a text."""
    tags = [salvage(each, into=Tag) for each in attachments.listed(thing.message_tags)]
    found = [person_of(Person(id=tag.id, name=tag.name), setting=setting) for tag in tags if tag.type in {None, "user", "page"}]
    return tuple(each for each in found if each is not None)


def _id_in(address: str | None) -> str | None:
    """A comment's id, of its address: the answer's, else the comment's."""
    parsed = urlsplit(address or "")
    query = parse_qs(parsed.query)
    number = next(iter(query.get("reply_comment_id") or query.get("comment_id") or ()), None)
    short = next((part for part in reversed(parsed.path.split("/")) if part.isdigit()), None)
    return f"{short}_{number}" if short and number else number


def _parent_in(address: str | None, *, key: str) -> str | None:
    """The comment that is answered, where the address names both."""
    query = parse_qs(urlsplit(address or "").query)
    top = next(iter(query.get("comment_id", ())), None)
    if not top or not query.get("reply_comment_id"):
        return None
    post = owner_of(key)
    return f"{post}_{top}" if post else top
