"""A delivery, or a page of a poll, as items of the journal: one per comment, video or entry. Called by the connector and listening; pure.

The key of a comment is its id, and once it was edited also when: a poll that sees it again unchanged makes no new item.
"""

import hashlib
from collections.abc import Iterator, Mapping

import msgspec

from services.engagement.connectors.youtube.atom import NotAFeedError, entries_of, is_question, is_xml
from services.engagement.connectors.youtube.resources import items_of, kind_of
from services.engagement.families.google import revision_of, unwrapped
from services.engagement.protocol import MalformedDeliveryError, NotJsonError, RawItem, read_json

_LONGEST_KEY_CHARS = 250
_AROUND = ("channelId", "videoId", "isPublic")


def split_body(body: bytes) -> list[RawItem]:
    """The items of a body. Raises `MalformedDeliveryError` for what is neither a feed nor a resource."""
    if is_xml(body):
        try:
            return entries_of(body) or [RawItem(key=hashlib.sha256(body).hexdigest(), body=body)]
        except NotAFeedError as error:
            raise MalformedDeliveryError(str(error)) from error
    if is_question(body):
        return [RawItem(key=hashlib.sha256(body).hexdigest(), body=body)]
    try:
        top = read_json(body)
    except NotJsonError as error:
        raise MalformedDeliveryError(f"the body is neither a feed nor JSON: {error}") from error
    if isinstance(top, str):
        return split_body(top.encode("utf-8", "replace"))
    top = unwrapped(top)
    resources = [top] if not isinstance(top, list) else top
    if not all(isinstance(each, dict) for each in resources):
        raise MalformedDeliveryError("the body is no resource, and no list of them")
    return [item for each in resources if isinstance(each, dict) for item in items_in(each)]


def items_in(resource: Mapping[str, object]) -> list[RawItem]:
    """The items of a resource, or of a page of them."""
    listed = items_of(resource)
    if listed is None:
        return [item_of(each) for each in _pieces(resource)]
    return [item_of(each) for inner in listed if isinstance(inner, dict) for each in _pieces(inner)] or [item_of(resource)]


def item_of(resource: Mapping[str, object]) -> RawItem:
    """One resource under its key."""
    body = msgspec.json.encode(resource)
    key = _key_of(resource)
    return RawItem(key=key if key and len(key) <= _LONGEST_KEY_CHARS else hashlib.sha256(body).hexdigest(), body=body)


def reply_in(thread: Mapping[str, object], reply: Mapping[str, object]) -> dict[str, object]:
    """A reply with what its thread says and it does not: the video, and whom it answers."""
    snippet = thread.get("snippet")
    around = {name: snippet[name] for name in _AROUND if name in snippet} if isinstance(snippet, dict) else {}
    top = snippet.get("topLevelComment") if isinstance(snippet, dict) else None
    return {**reply, "inThread": {**around, **({"topLevelComment": top} if isinstance(top, dict) else {})}}


def replies_in(thread: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The replies that came along with a thread."""
    replies = thread.get("replies")
    listed = replies.get("comments") if isinstance(replies, dict) else None
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _pieces(resource: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """A thread comes apart into its first comment and its replies; all else is whole."""
    snippet = resource.get("snippet")
    if kind_of(resource) != "commentThread" or not isinstance(snippet, dict) or "topLevelComment" not in snippet:
        yield resource
        return
    yield {name: value for name, value in resource.items() if name != "replies"}
    yield from (reply_in(resource, reply) for reply in replies_in(resource))


def _key_of(resource: Mapping[str, object]) -> str:
    snippet = resource.get("snippet")
    if not isinstance(snippet, dict):
        return ""
    top = snippet.get("topLevelComment")
    if isinstance(top, dict):
        return _key_of({"kind": "comment", "id": resource.get("id"), **top})
    number, kind = resource.get("id"), kind_of(resource)
    if not isinstance(number, str) or not number:
        return ""
    if kind != "comment":
        return f"{kind}:{number}"
    edited, written = (revision_of(told if isinstance(told := snippet.get(name), str) else None) for name in ("updatedAt", "publishedAt"))
    return f"{number}:{edited}" if edited and edited != written else number
