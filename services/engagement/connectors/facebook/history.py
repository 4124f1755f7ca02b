"""What happened before, or while we were away: lists of the Graph API, as items of the journal. Called by the connector.

Its only I/O is the injected network. Vendor's pages: https://developers.facebook.com/docs/messenger-platform/conversations,
.../docs/graph-api/reference/page/feed, .../page/ratings, .../page/tagged and .../docs/graph-api/reference/object/comments.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import msgspec

from services.engagement.connectors.facebook.attachments import listed
from services.engagement.connectors.facebook.envelopes import HISTORY, pieces_of
from services.engagement.connectors.facebook.objects import COMMENT, MESSAGE, POST, REVIEW
from services.engagement.connectors.facebook.people import moment_of
from services.engagement.families.meta import Graph
from services.engagement.protocol import ChannelAccess, CredentialsExpiredError, Heard, RawItem, RejectedError

_MESSAGE_FIELDS = "id,created_time,from,to,message,attachments,sticker,shares,tags"
COMMENT_FIELDS = "id,message,created_time,from,parent{id},permalink_url,attachment,message_tags"
POST_FIELDS = "id,message,story,created_time,updated_time,from,permalink_url,attachments{type,title,url,media},message_tags"
REVIEW_FIELDS = "created_time,reviewer{id,name},rating,recommendation_type,review_text,open_graph_story{id}"
# How many messages come along with their conversation, and comments with their post; more are asked for where all are new.
_ALONG = 20
_A_PAGE = 50
# A Page's conversations, posts and recommendations come the latest first; these many pages are read at most.
_MOST_PAGES = 40
# Comments come under old posts as well, but nobody tells which: the latest hundred posts are looked through.
_POSTS_A_PAGE, _POST_PAGES = 10, 10
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Item = tuple[datetime, RawItem]
Things = list[dict[str, object]]


async def since_then(since: datetime, *, channel: ChannelAccess, graph: Graph) -> AsyncIterator[Heard]:
    """Messages, posts with their comments, recommendations, posts that name the Page: each from the oldest to the latest.

    Items are as they come live; an empty page says that there is still more to read before the oldest is known. What the token
    may not read is left out; raises what Meta says where that is everything.
    """
    page, refused = channel.account or "me", list[RejectedError]()
    sources = (_messages, _posts, _reviews, _mentions)
    for source in sources:
        found = list[Item]()
        try:
            async for items in source(since, page=page, graph=graph):
                found += items
                yield Heard(items=())
        except CredentialsExpiredError:
            raise
        except RejectedError as error:
            refused.append(error)
        ordered = tuple(item for _, item in sorted(found, key=lambda each: each[0]))
        for start in range(0, len(ordered), _A_PAGE):
            yield Heard(items=ordered[start : start + _A_PAGE])
    if len(refused) == len(sources):
        raise refused[0]


async def _messages(since: datetime, *, page: str, graph: Graph) -> AsyncIterator[list[Item]]:
    wanted = {"platform": "messenger", "fields": f"id,updated_time,messages.limit({_ALONG}){{{_MESSAGE_FIELDS}}}", "limit": "25"}
    async for answer in graph.pages(f"{page}/conversations", query=wanted, most=_MOST_PAGES):
        conversations = listed(answer)
        for each in conversations:
            path = f"{each.get('id')}/messages"
            async for messages in _inside(each.get("messages"), path=path, query={"fields": _MESSAGE_FIELDS}, since=since, graph=graph):
                yield [_item(message, sort=MESSAGE, page=page) for message in messages]
        if not conversations or is_over(conversations, "updated_time", since=since):
            return


async def _posts(since: datetime, *, page: str, graph: Graph) -> AsyncIterator[list[Item]]:
    """Posts since then, and comments since then under the latest hundred."""
    order = {"order": "reverse_chronological", "filter": "stream", "fields": COMMENT_FIELDS}
    along = f"comments.order(reverse_chronological).filter(stream).limit({_ALONG}){{{COMMENT_FIELDS}}}"
    wanted = {"fields": f"{POST_FIELDS},{along}", "limit": str(_POSTS_A_PAGE)}
    async for answer in graph.pages(f"{page}/feed", query=wanted, most=_POST_PAGES):
        posts = [(post, post.pop("comments", None)) for post in listed(answer)]
        yield [_item(new, sort=POST, page=page) for new in _new([post for post, _ in posts], since=since)]
        for post, held in posts:
            number = str(post.get("id") or "")
            async for comments in _inside(held, path=f"{number}/comments", query=order, since=since, graph=graph):
                yield [_item(comment, sort=COMMENT, page=page, post=number) for comment in comments]


async def _reviews(since: datetime, *, page: str, graph: Graph) -> AsyncIterator[list[Item]]:
    async for reviews in _latest(f"{page}/ratings", query={"fields": REVIEW_FIELDS}, since=since, graph=graph):
        yield [_item(review, sort=REVIEW, page=page) for review in reviews]


async def _mentions(since: datetime, *, page: str, graph: Graph) -> AsyncIterator[list[Item]]:
    async for posts in _latest(f"{page}/tagged", query={"fields": POST_FIELDS}, since=since, graph=graph):
        yield [_item(post, sort=POST, page=page) for post in posts]


async def _inside(held: object, *, path: str, query: Mapping[str, str], since: datetime, graph: Graph) -> AsyncIterator[Things]:
    """What came along with its parent, and more of it while all that came is new."""
    along = listed(held)
    if new := _new(along, since=since):
        yield new
    if len(along) >= _ALONG and not is_over(along, "created_time", since=since):
        async for more in _latest(path, query={**query, **_cursor(held)}, since=since, graph=graph):
            yield more


async def _latest(path: str, *, query: Mapping[str, str], since: datetime, graph: Graph) -> AsyncIterator[Things]:
    """The pages of a list that begins with the latest, until one ends before `since`."""
    async for answer in graph.pages(path, query={**query, "limit": str(_A_PAGE)}, most=_MOST_PAGES):
        things = listed(answer)
        yield _new(things, since=since)
        if not things or is_over(things, "created_time", since=since):
            return


def is_over(things: Things, field: str, *, since: datetime) -> bool:
    """Whether the last of a list that begins with the latest is older."""
    at = moment_of(things[-1].get(field)) if things else None
    return at is not None and at < since


def _new(things: Things, *, since: datetime) -> Things:
    return [each for each in things if (at := moment_of(each.get("created_time"))) is not None and at >= since]


def _item(thing: dict[str, object], *, sort: str, page: str, post: str = "") -> Item:
    """An object in the envelope that the journal keeps; its key is the one of the same thing when it is delivered."""
    held = {"sort": sort, "object": thing, **({"post": post} if post else {})}
    around = {"id": page} if page != "me" else {}
    body = msgspec.json.encode({"object": "page", "entry": [{**around, HISTORY: [held]}]})
    (piece,) = pieces_of(body)
    at = moment_of(thing.get("created_time"))
    return at or _LONG_AGO, RawItem(key=piece.key, body=piece.body, account=piece.page or None)


def _cursor(paging: object) -> dict[str, str]:
    inside = paging.get("paging") if isinstance(paging, dict) else None
    cursors = inside.get("cursors") if isinstance(inside, dict) else None
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return {"after": after} if isinstance(after, str) else {}
