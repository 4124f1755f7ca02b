"""Pages of the API as entries, each exactly as it came, and how far to read. Called by listening and history; pure."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from services.engagement.connectors.bluesky.addresses import read_moment
from services.engagement.protocol import read_json

_LISTS = ("notifications", "records", "logs", "convos", "messages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a page. `rev` and `convo` are those of a chat's log."""

    raw: bytes
    indexed_at: datetime | None = None
    created_at: datetime | None = None
    sent_at: datetime | None = None
    rev: str = ""
    convo: str | None = None


def entries_of(page: bytes) -> list[Entry]:
    """The objects of a page's list, in its order; what is no object is left out."""
    top = msgspec.json.decode(page, type=dict[str, msgspec.Raw])
    name = next((name for name in _LISTS if name in top), None)
    listed = read_json(bytes(top[name])) if name else None
    if name is None or not isinstance(listed, list):
        return []
    exact = msgspec.json.decode(top[name], type=list[msgspec.Raw])
    return [_entry(each, raw=bytes(raw)) for each, raw in zip(listed, exact, strict=True) if isinstance(each, dict)]


def page_cursor(page: bytes) -> str | None:
    """Where the page after this one begins."""
    top = read_json(page)
    cursor = top.get("cursor") if isinstance(top, dict) else None
    return cursor if isinstance(cursor, str) and cursor else None


def _entry(each: dict[str, object], *, raw: bytes) -> Entry:
    value, last = each.get("value"), each.get("lastMessage")
    return Entry(
        raw=raw,
        indexed_at=_moment(each, "indexedAt"),
        created_at=_moment(value, "createdAt"),
        sent_at=_moment(each, "sentAt") or _moment(last, "sentAt"),
        rev=_text(each.get("rev")) or "",
        convo=_text(each.get("convoId")) or _text(each.get("id")),
    )


def _moment(of: object, name: str) -> datetime | None:
    return read_moment(_text(of.get(name))) if isinstance(of, dict) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
