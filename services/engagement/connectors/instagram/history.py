"""What happened before we listened, and whether a reply in doubt arrived: conversations, comments, tags. Called by the connector.

Everything found has the key and the id that its notification has. Vendor's pages:
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/conversations-api,
.../instagram-graph-api/reference/ig-media/comments and .../reference/ig-user/tags.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta

import msgspec

from services.contracts.vocabulary import Kind
from services.engagement.connectors.instagram.envelopes import Sort, Unit
from services.engagement.connectors.instagram.graph import account_of, by_facebook, comment_id, graph, sender_of
from services.engagement.connectors.instagram.objects_payloads import Conversation, Media, StoredMessage
from services.engagement.connectors.instagram.payloads import Comment, Party
from services.engagement.connectors.instagram.people import moment, text_id
from services.engagement.connectors.instagram.reading import key_of, read_unit
from services.engagement.families.meta import Graph
from services.engagement.protocol import (
    ChannelAccess,
    ChannelFacts,
    Found,
    Heard,
    Net,
    NotFoundError,
    OutboundReply,
    RawItem,
    RejectedError,
    salvage,
)

MOST_POSTS = 50
_MOST_PAGES = 40
_COMMENT_PAGES = 10
_MESSAGE_FIELDS = "id,created_time,from,to,message,attachments,shares,story,is_unsupported"
_COMMENT_FIELDS = "id,text,timestamp,username,from,parent_id"
_POST_FIELDS = "id,timestamp,comments_count,media_product_type"
_TAGGED_FIELDS = "id,caption,media_type,media_url,permalink,timestamp,username"
# Meta's clock and ours are not one.
_SKEW = timedelta(minutes=2)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

Object = Mapping[str, object]


async def since_then(since: datetime, *, channel: ChannelAccess, net: Net) -> AsyncGenerator[Heard, None]:
    """Messages, then comments under our latest posts, then (Facebook login) posts in which we are tagged."""
    asking = graph(channel, net=net)
    for found in (_messages(asking, channel, since=since), _comments(asking, channel, since=since), _tagged(asking, channel, since=since)):
        async with aclosing(found) as pages:
            async for units in pages:
                yield Heard(items=tuple(_item(unit, channel=channel) for unit in units))


async def look_up(reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Found:
    """By its text, in the conversation or under the comment. Not to find it proves nothing: Meta's lists lag behind."""
    if not reply.text:
        return Found(there=None)
    asking, sent = graph(channel, net=net), None
    if reply.kind is Kind.DIRECT:
        sent = await _sent_message(reply, asking=asking, channel=channel)
    elif reply.kind is Kind.COMMENT and reply.answering:
        # An answer to an answer is put beneath the topmost comment.
        beneath = comment_id(reply.answering.thread or reply.answering.external_id)
        sent = await _sent_comment(reply, beneath=beneath, asking=asking, channel=channel)
    return Found(there=True, external_id=sent) if sent else Found(there=None)


async def _messages(asking: Graph, channel: ChannelAccess, *, since: datetime) -> AsyncGenerator[list[Unit], None]:
    query = {"platform": "instagram", "fields": f"id,updated_time,messages.limit(20){{{_MESSAGE_FIELDS}}}", "limit": "20"}
    async for page in asking.pages(f"{sender_of(channel)}/conversations", query=query, most=_MOST_PAGES):
        talks = [salvage(each, into=Conversation) for each in _listed(page)]
        told = [each for talk in talks for each in _objects(talk.messages.data if talk.messages else [])]
        yield [_unit(Sort.OBJECT, each, channel=channel) for each in _since(since, told, by="created_time")]
        if all(_at(talk.updated_time) < since for talk in talks):
            return


async def _comments(asking: Graph, channel: ChannelAccess, *, since: datetime) -> AsyncGenerator[list[Unit], None]:
    """An old post may be commented on today: the latest posts are looked through, whatever their age."""
    posts = await asking.call("GET", f"{account_of(channel)}/media", query={"fields": _POST_FIELDS, "limit": str(MOST_POSTS)})
    query = {"fields": f"{_COMMENT_FIELDS},replies.limit(50){{{_COMMENT_FIELDS}}}", "limit": "50"}
    for post in _listed(posts):
        number = text_id(salvage(post, into=Media).id)
        if post.get("comments_count") == 0 or not number.isdigit():
            continue
        # A post may be deleted while we look through the others.
        with suppress(NotFoundError):
            async for page in asking.pages(f"{number}/comments", query=query, most=_COMMENT_PAGES):
                told = [each for comment in _listed(page) for each in _with_answers(comment, post=post)]
                fresh = _since(since, told, by="timestamp")
                yield [_unit(Sort.CHANGE, {"field": "comments", "value": each}, channel=channel) for each in fresh]


async def _tagged(asking: Graph, channel: ChannelAccess, *, since: datetime) -> AsyncGenerator[list[Unit], None]:
    """Only Facebook's login shows them, and only where it was allowed to: the rest of the history does not depend on it."""
    if not by_facebook(channel.config):
        return
    try:
        async for page in asking.pages(f"{account_of(channel)}/tags", query={"fields": _TAGGED_FIELDS, "limit": "50"}, most=_MOST_PAGES):
            fresh = _since(since, _listed(page), by="timestamp")
            yield [_unit(Sort.OBJECT, {"mentioned_media": each}, channel=channel) for each in fresh]
            if not fresh:
                return
    except RejectedError:
        return


def _with_answers(told: Object, *, post: Object) -> Iterable[Object]:
    """A comment and what stands beneath, each knowing its post and what it answers."""
    media = {"id": post.get("id"), "media_product_type": post.get("media_product_type")}
    replies = salvage(told, into=Comment).replies
    yield {**{name: value for name, value in told.items() if name != "replies"}, "media": media}
    for each in _objects(replies.data if replies else []):
        yield {**each, "media": media, "parent_id": told.get("id")}


def _since(since: datetime, told: Iterable[Object], *, by: str) -> list[Object]:
    """Those that are new enough, the oldest first."""
    dated = sorted(((_at(each.get(by)), place, each) for place, each in enumerate(told)), key=lambda item: item[:2])
    return [each for at, _, each in dated if at >= since]


def _unit(sort: Sort, told: Object, *, channel: ChannelAccess) -> Unit:
    account = channel.account or channel.config.get("account", "")
    return Unit(sort=sort, raw=msgspec.json.encode(told), account=account, backfill=True)


def _item(unit: Unit, *, channel: ChannelAccess) -> RawItem:
    facts = ChannelFacts(platform=channel.platform, account=channel.account, config=channel.config)
    return RawItem(key=key_of(unit, read_unit(unit, channel=facts, received_at=_LONG_AGO)), body=unit.body)


async def _sent_message(reply: OutboundReply, *, asking: Graph, channel: ChannelAccess) -> str | None:
    person = reply.recipient or (reply.answering.author if reply.answering else None)
    if person is None or not person.external_id.isdigit():
        return None
    query = {"platform": "instagram", "user_id": person.external_id, "fields": f"messages.limit(20){{{_MESSAGE_FIELDS}}}"}
    for talk in _listed(await asking.call("GET", f"{sender_of(channel)}/conversations", query=query)):
        stored = salvage(talk, into=Conversation).messages
        for told in _objects(stored.data if stored else []):
            message = salvage(told, into=StoredMessage)
            ours = message.from_ is not None and text_id(message.from_.id) != person.external_id
            if ours and _is_it(reply, text=message.message, at=_at(message.created_time)):
                return text_id(message.id) or None
    return None


async def _sent_comment(reply: OutboundReply, *, beneath: str, asking: Graph, channel: ChannelAccess) -> str | None:
    handle = channel.config.get("username", "").lower()
    for told in _listed(await asking.call("GET", f"{beneath}/replies", query={"fields": _COMMENT_FIELDS, "limit": "50"})):
        comment = salvage(told, into=Comment)
        writer = (comment.username or (comment.from_ or Party()).username or handle).lower()
        if writer == handle and _is_it(reply, text=comment.text, at=_at(comment.timestamp)):
            return text_id(comment.id) or None
    return None


def _is_it(reply: OutboundReply, *, text: str | None, at: datetime) -> bool:
    return (text or "").strip() == reply.text.strip() and at >= reply.attempted_at - _SKEW


def _listed(page: Object) -> list[Object]:
    data = page.get("data")
    return _objects(data if isinstance(data, list) else [])


def _objects(told: Iterable[object]) -> list[Object]:
    return [each for each in told if isinstance(each, dict)]


def _at(told: object) -> datetime:
    return moment(told if isinstance(told, int | float | str) else None, otherwise=_LONG_AGO)
