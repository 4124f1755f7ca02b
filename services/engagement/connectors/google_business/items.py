"""A delivery, or a page of a poll, as items of the journal. Called by the connector and by listening; pure.

A review and the owner's reply to it are two items, each under a key that names when it last changed: a poll that sees one of them again
unchanged makes no new item of it.
"""

import hashlib
from collections.abc import Iterator, Mapping

import msgspec

from services.engagement.connectors.google_business.notices import message_in
from services.engagement.connectors.google_business.payloads import Review
from services.engagement.connectors.google_business.resources import listed_in, shape_of
from services.engagement.connectors.google_business.setting import part_of
from services.engagement.families.google import revision_of, unwrapped
from services.engagement.protocol import MalformedDeliveryError, NotJsonError, RawItem, read_json, salvage

_LONGEST_KEY_CHARS = 250
# What has a number and a time of its own, and where it lies.
_KEYED = {"review": "", "reply": "repliedReview", "changed reply": "changedReply"}


def split_body(body: bytes) -> list[RawItem]:
    """The items of a body. Raises `MalformedDeliveryError` for what is no JSON object, and no list of them."""
    try:
        top = read_json(body)
    except NotJsonError as error:
        raise MalformedDeliveryError(str(error)) from error
    if isinstance(top, str):
        return split_body(top.encode("utf-8", "replace"))
    top = unwrapped(top)
    listed = top if isinstance(top, list) else [top]
    if not all(isinstance(each, dict) for each in listed):
        raise MalformedDeliveryError("the body is no object, and no list of them")
    return [item for each in listed if isinstance(each, dict) for item in items_in(each)]


def items_in(raw: Mapping[str, object]) -> list[RawItem]:
    """The items of a page, or the resource itself."""
    listed = None if shape_of(raw) else listed_in(raw)
    return [item_of(piece) for each in listed or () if isinstance(each, dict) for piece in _pieces(each)] or [
        item_of(piece) for piece in _pieces(raw)
    ]


def _pieces(raw: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """A review comes apart into itself and the owner's reply; all else is whole."""
    if shape_of(raw) != "review" or not isinstance(raw.get("reviewReply"), dict):
        yield raw
        return
    yield {name: value for name, value in raw.items() if name != "reviewReply"}
    yield {"repliedReview": raw}


def item_of(raw: Mapping[str, object]) -> RawItem:
    """One resource under its key."""
    body = msgspec.json.encode(raw)
    key = _key_of(raw)
    return RawItem(key=key if key and len(key) <= _LONGEST_KEY_CHARS else hashlib.sha256(body).hexdigest(), body=body)


def _key_of(raw: Mapping[str, object]) -> str:
    message = message_in(raw)
    if message is not None and not shape_of(raw):
        return f"message:{message.message_id}" if message.message_id else ""
    shape = shape_of(raw)
    if shape not in _KEYED:
        return ""
    inner = raw.get(_KEYED[shape])
    review = salvage(dict(inner if isinstance(inner, dict) else raw), into=Review)
    number = review.review_id or part_of(review.name, "reviews")
    replied = review.review_reply.update_time if review.review_reply else None
    at = revision_of(review.update_time if shape == "review" else replied)
    return f"{shape}:{number}:{at}" if number else ""
