"""An entry as it lies in the journal: the feed with that entry alone, in an envelope of ours that says where it was found.

Called by connector, listening and events; pure. Bytes without our envelope are a feed that somebody handed in.
"""

import hashlib
from dataclasses import replace
from datetime import datetime

import msgspec

from services.contracts.vocabulary import Source
from services.engagement.connectors.feeds.documents import read_document
from services.engagement.connectors.feeds.entries import Document, Entry
from services.engagement.protocol import RawItem, clean_json

_MARK = b'{"rapport_feed":'


class Stored(msgspec.Struct, frozen=True):
    """One entry: the text of its feed, where that was fetched, how it came, and whether it was known before and is other now.

    `id` is the entry's, where that is not its own: entries that share one are told apart only while they stand side by side.
    """

    rapport_feed: str
    id: str = ""
    url: str = ""
    source: Source = Source.LIVE
    edited: bool = False

    def document(self) -> Document:
        """The feed in it. Raises `NotAFeedError`."""
        read = read_document(self.rapport_feed.encode(), url=self.url)
        return replace(read, entries=[replace(entry, id=self.id) for entry in read.entries]) if self.id else read


def items_in(
    document: Document, numbers: list[int], *, url: str, source: Source = Source.LIVE, edited: frozenset[int] = frozenset()
) -> list[RawItem]:
    """These entries as journal items; the same entry has the same key, each change of it another."""
    return [_item(document, number, url=url, source=source, edited=number in edited) for number in numbers]


def read_stored(body: bytes, *, content_type: str = "") -> tuple[Stored, Document]:
    """What a journal item holds. Raises `NotAFeedError`."""
    if body.startswith(_MARK):
        try:
            stored = msgspec.json.decode(clean_json(body), type=Stored)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            stored = None
        if stored is not None:
            return stored, stored.document()
    return Stored(rapport_feed=""), read_document(body, content_type=content_type)


def edit_name(entry: Entry) -> str:
    """What tells one change of an entry from the next: the time that it gives, else what it says now."""
    return str(stamp(entry)) if entry.at else said(entry)


def said(entry: Entry) -> str:
    """A short hash of what an entry says."""
    files = [each.url or "" for each in entry.attachments]
    return hashlib.sha256("\n".join((entry.title, entry.text, *files)).encode()).hexdigest()[:12]


def stamp(entry: Entry) -> int:
    """When an entry was last touched, in seconds; 0 where it says nothing of that."""
    at: datetime | None = entry.at
    return int(at.timestamp()) if at else 0


def _item(document: Document, number: int, *, url: str, source: Source, edited: bool) -> RawItem:
    entry = document.entries[number]
    name = f"{entry.id}:deleted" if entry.deleted else f"{entry.id}:edit:{edit_name(entry)}" if edited else entry.id
    stored = Stored(rapport_feed=document.alone(number), id=entry.id if entry.shares_id else "", url=url, source=source, edited=edited)
    return RawItem(key=name, body=msgspec.json.encode(stored))
