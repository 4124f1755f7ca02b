"""What happened before, or while we were away, and whether a reply arrived: lists of the Graph API. Called by the connector.

Its only I/O is the injected network. Vendor's pages: https://developers.facebook.com/docs/messenger-platform/conversations,
.../docs/graph-api/reference/page/feed, .../docs/graph-api/reference/page/ratings, .../docs/graph-api/reference/object/comments.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from services.contracts.vocabulary import Kind
from services.engagement.connectors.facebook.attachments import listed
from services.engagement.connectors.facebook.envelopes import HISTORY, pieces_of
from services.engagement.connectors.facebook.objects import COMMENT, MESSAGE, POST, REVIEW
from services.engagement.connectors.facebook.people import moment_of
from services.engagement.families.meta import Graph
from services.engagement.protocol import ChannelAccess, CredentialsExpiredError, Found, Heard, OutboundReply, RawItem, RejectedError

_MESSAGE_FIELDS = "id,created_time,from,to,message,attachments,sticker,shares,tags"
_COMMENT_FIELDS = "id,message,created_time,from,parent{id},permalink_url,attachment,message_tags"
_POST_FIELDS = "id,message,story,created_time,updated_time,from,permalink_url,attachments{type,title,url,media},message_tags"
_REVIEW_FIELDS = "created_time,reviewer{id,name},rating,recommendation_type,review_text,open_graph_story{id}"
_COMMENTS = f"comments.order(reverse_chronological).filter(stream).limit(50){{{_COMMENT_FIELDS}}}"
# A Page's conversations, posts and recommendations come the latest first; these many pages are read at most.
_MOST_PAGES = 40
# Comments come under old posts as well, but nobody tells which: the latest hundred posts are looked through.
_POST_PAGES = 4
_CLOCKS_DIFFER = timedelta(minutes=2)
_LATEST = 50
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Item = tuple[datetime, RawItem]


async def since_then(since: datetime, *, channel: ChannelAccess, graph: Graph) -> AsyncIterator[Heard]:
    """Messages, posts with their comments, recommendations, posts that name the Page: each from the oldest to the latest.

    Items are as they come live. What the token may not read is left out; raises what Meta says where that is everything.
    """
    page, refused = channel.account or "me", list[RejectedError]()
    sources = (_messages, _posts, _reviews, _mentions)
    for source in sources:
        try:
            found = [each async for each in source(since, page=page, graph=graph)]
        except CredentialsExpiredError:
            raise
        except RejectedError as error:
            refused.append(error)
            continue
        items = tuple(item for _, item in sorted(found, key=lambda each: each[0]))
        for start in range(0, len(items), _LATEST):
            yield Heard(items=items[start : start + _LATEST])
    if len(refused) == len(sources):
        raise refused[0]


async def look_up(reply: OutboundReply, *, channel: ChannelAccess, graph: Graph) -> Found:
    """Whether something of ours with this text was said there since. What has no text cannot be told from others."""
    answered = reply.answering
    if not reply.text.strip():
        return Found(there=None)
    if reply.kind is Kind.DIRECT:
        person = reply.recipient or (answered.author if answered else None)
        if person is None or (answered is not None and answered.kind is not Kind.DIRECT):
            return Found(there=None)
        said, complete = await _latest_messages(person.external_id, reply=reply, page=channel.account or "me", graph=graph)
    elif answered is not None:
        above = answered.thread if answered.kind is Kind.COMMENT and answered.thread else answered.external_id
        said, complete = await _latest_comments(above, reply=reply, graph=graph)
    else:
        return Found(there=None)
    same = [each for each in said if _is_reply(each, reply=reply, page=channel.account)]
    if same:
        return Found(there=True, external_id=str(same[0].get("id")))
    return Found(there=False if complete else None)


async def _messages(since: datetime, *, page: str, graph: Graph) -> AsyncIterator[Item]:
    wanted = {"platform": "messenger", "fields": f"id,updated_time,messages.limit({_LATEST}){{{_MESSAGE_FIELDS}}}", "limit": "25"}
    async for answer in graph.pages(f"{page}/conversations", query=wanted, most=_MOST_PAGES):
        conversations = listed(answer)
        for conversation in conversations:
            async for message in _of_conversation(conversation, since=since, graph=graph):
                yield _item(message, sort=MESSAGE, page=page)
        if _is_over(conversations, "updated_time", since=since):
            return


async def _of_conversation(conversation: Mapping[str, object], *, since: datetime, graph: Graph) -> AsyncIterator[dict[str, object]]:
    """The messages since then; those that came with the conversation, and more pages while these are all new."""
    first = listed(conversation.get("messages"))
    for message in _new(first, since=since):
        yield message
    if len(first) < _LATEST or _is_over(first, "created_time", since=since):
        return
    inside = conversation.get("messages")
    wanted = {"fields": _MESSAGE_FIELDS, "limit": str(_LATEST), **_cursor(inside)}
    async for answer in graph.pages(f"{conversation.get('id')}/messages", query=wanted, most=_MOST_PAGES):
        more = listed(answer)
        for message in _new(more, since=since):
            yield message
        if not more or _is_over(more, "created_time", since=since):
            return


async def _posts(since: datetime, *, page: str, graph: Graph) -> AsyncIterator[Item]:
    wanted = {"fields": f"{_POST_FIELDS},{_COMMENTS}", "limit": "25"}
    async for answer in graph.pages(f"{page}/feed", query=wanted, most=_POST_PAGES):
        for post in listed(answer):
            comments = post.pop("comments", None)
            for new in _new([post], since=since):
                yield _item(new, sort=POST, page=page)
            for comment in _new(listed(comments), since=since):
                yield _item(comment, sort=COMMENT, page=page, post=str(post.get("id") or ""))


async def _reviews(since: datetime, *, page: str, graph: Graph) -> AsyncIterator[Item]:
    async for answer in graph.pages(f"{page}/ratings", query={"fields": _REVIEW_FIELDS, "limit": "50"}, most=_MOST_PAGES):
        reviews = listed(answer)
        for review in _new(reviews, since=since):
            yield _item(review, sort=REVIEW, page=page)
        if not reviews or _is_over(reviews, "created_time", since=since):
            return


async def _mentions(since: datetime, *, page: str, graph: Graph) -> AsyncIterator[Item]:
    async for answer in graph.pages(f"{page}/tagged", query={"fields": _POST_FIELDS, "limit": "50"}, most=_MOST_PAGES):
        posts = listed(answer)
        for post in _new(posts, since=since):
            yield _item(post, sort=POST, page=page)
        if not posts or _is_over(posts, "created_time", since=since):
            return


async def _latest_messages(person: str, *, reply: OutboundReply, page: str, graph: Graph) -> tuple[list[dict[str, object]], bool]:
    fields = f"messages.limit({_LATEST}){{id,message,created_time,from}}"
    answer = await graph.call("GET", f"{page}/conversations", query={"platform": "messenger", "user_id": person, "fields": fields})
    said = [message for conversation in listed(answer) for message in listed(conversation.get("messages"))]
    return said, _reaches_back(said, reply=reply)


async def _latest_comments(above: str, *, reply: OutboundReply, graph: Graph) -> tuple[list[dict[str, object]], bool]:
    wanted = {"order": "reverse_chronological", "filter": "stream", "limit": str(_LATEST), "fields": "id,message,created_time,from"}
    said = listed(await graph.call("GET", f"{above}/comments", query=wanted))
    return said, _reaches_back(said, reply=reply)


def _reaches_back(said: list[dict[str, object]], *, reply: OutboundReply) -> bool:
    """Whether the list goes back to before the attempt, so that what is not in it is not there."""
    return len(said) < _LATEST or _is_over(said, "created_time", since=reply.attempted_at - _CLOCKS_DIFFER)


def _is_reply(said: Mapping[str, object], *, reply: OutboundReply, page: str) -> bool:
    at, author = moment_of(said.get("created_time")), said.get("from")
    ours = not page or (isinstance(author, dict) and str(author.get("id")) == page)
    return ours and at is not None and at >= reply.attempted_at - _CLOCKS_DIFFER and str(said.get("message")).strip() == reply.text.strip()


def _new(objects: list[dict[str, object]], *, since: datetime) -> list[dict[str, object]]:
    return [each for each in objects if (at := moment_of(each.get("created_time"))) is not None and at >= since]


def _is_over(objects: list[dict[str, object]], field: str, *, since: datetime) -> bool:
    """Whether the last of a list that begins with the latest is older."""
    at = moment_of(objects[-1].get(field)) if objects else None
    return at is not None and at < since


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
