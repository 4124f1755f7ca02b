"""Deliveries taken apart: envelope, entry, item, change, object, page of a list, in whatever wrapping. Called by the connector; pure.

Each piece stands alone in the journal: an item of an entry keeps a small envelope with its Page and time around it, its bytes as they were.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import msgspec

from services.engagement.connectors.facebook.feed import CHANGED
from services.engagement.connectors.facebook.messaging import IGNORED, READERS
from services.engagement.connectors.facebook.objects import sort_of
from services.engagement.connectors.facebook.people import ident
from services.engagement.protocol import NotJsonError, clean_json, read_json

HISTORY = "rapport_history"
# By what an answer to a call of ours is known.
_ANSWERED = {"message_id", "recipient_id", "attachment_id", "success", "access_token", "upload_session_id", "h", "machine_id"}
_MESSAGING = ("messaging", "standby")
_SIDES = {"sender", "recipient"}
_OUR_OBJECTS = {"page", ""}
# What dashboards, queues and relays put around a delivery; `body` is also an answer of a batch.
_WRAPPERS = ("sample", "body", "body_params", "payload", "webhook", "request", "event", "Records", "Message", "detail")
_LONGEST_KEY = 250


class Shape(Enum):
    """What a piece is."""

    ITEM = "item"
    STANDBY = "standby"
    CHANGE = "change"
    OBJECT = "object"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One thing of a delivery. `note` is the field of a change, the sort of an object, or why it is nothing; `body` stands alone."""

    shape: Shape
    content: dict[str, object]
    body: bytes
    note: str = ""
    page: str = ""
    time: object = None
    post: str | None = None

    @property
    def digest(self) -> str:
        """Of what it says, not of its wrapping; an edit is another one at another time."""
        verb = str(self.content.get("verb") or "").lower()
        facts = [self.page, self.note, self.content, self.time if verb in CHANGED else None]
        try:
            said = json.dumps(facts, sort_keys=True).encode()
        except RecursionError:
            said = self.body
        return hashlib.sha256(said).hexdigest()[:32]

    @property
    def key(self) -> str:
        """The platform's id of what it tells first, so that what is asked for later has the key it had live; else the digest."""
        own = self._own_id()
        return own if own and len(own) <= _LONGEST_KEY else self.digest

    def _own_id(self) -> str | None:
        content = self.content
        if self.shape in {Shape.ITEM, Shape.STANDBY}:
            message = content.get("message")
            plain = isinstance(message, dict) and not message.get("is_deleted")
            return ident(message.get("mid")) if plain and isinstance(message, dict) else None
        if self.shape is Shape.OBJECT:
            story = content.get("open_graph_story")
            return ident(story.get("id")) if isinstance(story, dict) else ident(content.get("id"))
        if self.shape is not Shape.CHANGE or str(content.get("verb") or "add").lower() != "add":
            return None
        kinds = {"comment": "comment_id", "rating": "open_graph_story_id"}
        item = str(content.get("item") or "").lower()
        return None if item in {"reaction", "like", ""} else ident(content.get(kinds.get(item, "post_id")))


def pieces_of(body: bytes) -> list[Piece]:
    """The pieces of a body. Raises `NotJsonError`."""
    body = clean_json(body)
    top = read_json(body)
    return list(_pieces(top, body=body))


def _pieces(top: object, *, body: bytes) -> Iterator[Piece]:
    if isinstance(top, list):
        for each, raw in zip(top, _listed(body), strict=True):
            yield from _pieces(each, body=raw)
    elif isinstance(top, dict):
        yield from _of_object(top, body=body)
    elif isinstance(top, str) and "{" in top:
        yield from _inside(top)
    elif top is None or isinstance(top, bool):
        yield Piece(shape=Shape.NOTHING, content={}, body=body, note="an answer without content")
    else:
        yield Piece(shape=Shape.UNKNOWN, content={}, body=body, note="neither object nor list")


def _of_object(top: dict[str, object], *, body: bytes) -> Iterator[Piece]:
    """The forms from the outside in."""
    if isinstance(top.get("entry"), list | dict):
        yield from _envelope(top, body=body)
    elif any(isinstance(top.get(name), list | dict) for name in (*_MESSAGING, "changes", HISTORY)):
        yield from _entry(top, body=body)
    elif _is_change(top):
        yield _change(top, body=body, entry={})
    elif _is_item(top):
        yield Piece(shape=Shape.ITEM, content=top, body=body)
    elif isinstance(top.get("item"), str) and ("verb" in top or "post_id" in top or "comment_id" in top):
        yield Piece(shape=Shape.CHANGE, content=top, body=body, note="ratings" if "open_graph_story_id" in top else "feed")
    elif isinstance(top.get("data"), list):
        yield from _pieces(top["data"], body=bytes(_fields(body)["data"]))
    elif name := _wrapper_of(top):
        yield from _inside(top[name])
    else:
        yield from _bare(top, body=body)


def _wrapper_of(top: dict[str, object]) -> str | None:
    """The field in which a delivery, or an answer, lies as it came."""
    if top.keys() & {"id", "message"} or "verb" in top:
        return None
    return next((name for name in _WRAPPERS if isinstance(top.get(name), str | dict | list) and top[name]), None)


def _bare(top: dict[str, object], *, body: bytes) -> Iterator[Piece]:
    """An object of the Graph API, several by their ids, or an answer of it."""
    sort = sort_of(top, page="")
    if sort:
        yield Piece(shape=Shape.OBJECT, content=top, body=body, note=sort)
    elif inner := _inner_of(top):
        fields = _fields(body)
        for name in inner:
            yield from _pieces(top[name], body=bytes(fields[name]))
    else:
        reason = _answer(top)
        shape = Shape.NOTHING if reason else Shape.UNKNOWN
        yield Piece(shape=shape, content=top, body=body, note=reason or f"object with {', '.join(sorted(top))[:200]}")


def _inner_of(top: dict[str, object]) -> list[str]:
    """The fields that hold objects: each is one by its id, or a list that was asked for along with what it belongs to."""
    if top and all(isinstance(each, dict) and (each.get("id") == name or sort_of(each, page="")) for name, each in top.items()):
        return list(top)
    return [name for name, each in top.items() if isinstance(each, dict) and isinstance(each.get("data"), list) and each["data"]]


def _answer(top: dict[str, object]) -> str | None:
    """Why an answer of the Graph API is nothing that happened; None where it is no answer either."""
    if not top:
        return "an empty object"
    if isinstance(top.get("error"), dict):
        return "an error of the Graph API"
    if top.keys() & _ANSWERED:
        return "an answer to a call of ours"
    if "hub.challenge" in top or "hub.mode" in top:
        return "the challenge of a subscription, which the webhook answers"
    if "object" in top:
        return "a delivery without entries"
    return "an object that only says who or what it is" if top.keys() & {"id", "paging", "data"} else None


def _envelope(top: dict[str, object], *, body: bytes) -> Iterator[Piece]:
    kind = str(top.get("object") or "")
    if kind not in _OUR_OBJECTS:
        yield Piece(shape=Shape.NOTHING, content=top, body=body, note=f"a delivery about {kind[:50]}, not about a Page")
        return
    for entry, raw in _each(top["entry"], body=bytes(_fields(body)["entry"])):
        if isinstance(entry, dict):
            yield from _entry(entry, body=raw)


def _entry(entry: dict[str, object], *, body: bytes) -> Iterator[Piece]:
    """All that an entry holds. One that holds nothing at all is a delivery of nothing."""
    fields = _fields(body)
    for name in (*_MESSAGING, "changes", HISTORY):
        for each, raw in _each(entry.get(name), body=bytes(fields.get(name, b""))):
            alone = _alone(fields, name=name, raw=raw)
            if not isinstance(each, dict):
                yield Piece(shape=Shape.UNKNOWN, content={}, body=alone, note=f"an entry of {name} that is no object")
            elif name == "changes":
                yield _change(each, body=alone, entry=entry)
            elif name == HISTORY:
                yield _remembered(each, body=alone, entry=entry)
            else:
                yield _item(each, body=alone, entry=entry, standby=name == "standby")
    if _is_change(entry):
        yield _change(entry, body=body, entry=entry)


def _alone(fields: dict[str, msgspec.Raw], *, name: str, raw: bytes) -> bytes:
    """One part of an entry in an envelope of its own."""
    around = b"".join(b'"' + each.encode() + b'":' + bytes(fields[each]) + b"," for each in ("id", "time") if each in fields)
    return b'{"object":"page","entry":[{' + around + b'"' + name.encode() + b'":[' + raw + b"]}]}"


def _item(content: dict[str, object], *, body: bytes, entry: dict[str, object], standby: bool = False) -> Piece:
    shape = Shape.STANDBY if standby else Shape.ITEM
    return Piece(shape=shape, content=content, body=body, page=_page_of(entry), time=entry.get("time"))


def _page_of(entry: dict[str, object]) -> str:
    """Whose entry it is; the dashboard's trials name the Page 0."""
    page = ident(entry.get("id")) or ""
    return "" if page == "0" else page


def _change(change: dict[str, object], *, body: bytes, entry: dict[str, object]) -> Piece:
    """A change; the samples that Meta's dashboard sends wrap items of Messenger as changes."""
    value, field = change.get("value"), str(change.get("field") or "")
    if isinstance(value, str):
        value = _nested(value)
    content = _object(value)
    named = field.startswith(("messag", "standby", "response_feedback"))
    if _is_item(content) and (named or content.keys() & (READERS.keys() | IGNORED.keys())):
        return _item(content, body=body, entry=entry, standby=field == "standby")
    if not field and content.keys() & {"item", "verb"}:
        field = "ratings" if "open_graph_story_id" in content else "feed"
    return Piece(shape=Shape.CHANGE, content=content, body=body, note=field, page=_page_of(entry), time=entry.get("time"))


def _remembered(held: dict[str, object], *, body: bytes, entry: dict[str, object]) -> Piece:
    """What a back-fill asked for: an object, its sort and the post above it."""
    content, sort = held.get("object"), str(held.get("sort") or "")
    if not isinstance(content, dict) or not sort:
        return Piece(shape=Shape.UNKNOWN, content={}, body=body, note="history without an object")
    return Piece(shape=Shape.OBJECT, content=content, body=body, note=sort, page=_page_of(entry), post=ident(held.get("post")))


def _inside(body: object) -> Iterator[Piece]:
    """The answer inside one of a batch, which is JSON in a text."""
    raw = body.encode("utf-8", "replace") if isinstance(body, str) else json.dumps(body).encode()
    try:
        yield from pieces_of(raw)
    except NotJsonError:
        yield Piece(shape=Shape.NOTHING, content={}, body=raw, note="an answer without JSON")


def _is_change(top: dict[str, object]) -> bool:
    """A field with its value; the value of a wall says by itself what it is."""
    named = isinstance(top.get("field"), str) and ("value" in top or len(top) == 1)
    return named or bool(_object(top.get("value")).keys() & {"item", "verb"})


def _is_item(top: dict[str, object]) -> bool:
    said = [name for name in READERS if isinstance(top.get(name), dict)]
    known = bool(said) or bool(top.keys() & IGNORED.keys())
    if "created_time" in top or "from" in top:
        return False
    sides = [name for name in _SIDES if isinstance(top.get(name), dict | str | int)]
    framed = all(isinstance(top.get(name), dict) for name in _SIDES)
    alone = bool(said) and top.keys() <= READERS.keys() | {"timestamp"} and ("message" not in top or "mid" in _object(top["message"]))
    return framed or (bool(sides) and known) or alone


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _nested(text: str) -> object:
    try:
        return read_json(text.encode("utf-8", "replace"))
    except NotJsonError:
        return None


def _fields(body: bytes) -> dict[str, msgspec.Raw]:
    return msgspec.json.decode(body, type=dict[str, msgspec.Raw])


def _each(held: object, *, body: bytes) -> list[tuple[object, bytes]]:
    """The parts of a list with their bytes; one object instead of a list is its only part."""
    if isinstance(held, list):
        return list(zip(held, _listed(body), strict=True))
    return [(held, body)] if isinstance(held, dict) else []


def _listed(body: bytes) -> list[bytes]:
    return [bytes(raw) for raw in msgspec.json.decode(body, type=list[msgspec.Raw])]
