"""What a feed says, whatever its format: the feed, its entries, the people in it. Made by xml_entries and json_entries, read by events."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import parse_qs, urljoin, urlsplit

from services.contracts.interaction import Attachment

LONGEST_ID_CHARS = 240
_WRAPPED = re.compile(r"https?://(?:www\.)?google\.[a-z.]{2,6}/url\?(.{1,3000})$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who wrote, as far as the feed says."""

    name: str = ""
    url: str = ""
    email: str = ""
    avatar_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The feed itself. `wait_seconds` is how long it asks to be left alone; `next_url` where its older entries are.

    `hub_url` pushes what is new to whoever subscribes to `url`.
    """

    id: str = ""
    title: str = ""
    url: str = ""
    link: str = ""
    language: str = ""
    author: Person | None = None
    wait_seconds: float | None = None
    next_url: str = ""
    hub_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """What an entry answers: the id of it, and its page."""

    id: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. `source` is the feed that it was taken from, where that is another; `deleted` says that it is there no more.

    `shares_id`: others of its feed had the same id, so that this one is its page.
    """

    id: str
    url: str = ""
    title: str = ""
    text: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    authors: tuple[Person, ...] = ()
    language: str = ""
    categories: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    answering: Answering | None = None
    source: Feed | None = None
    comments_url: str = ""
    comments: str = ""
    deleted: bool = False
    shares_id: bool = False

    @property
    def at(self) -> datetime | None:
        """When it was last touched."""
        return max((each for each in (self.published, self.updated) if each), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed as it was fetched. `alone(n)` is the n-th entry in a document of its own, for the journal."""

    format: str
    feed: Feed
    entries: Sequence[Entry] = ()
    alone: Callable[[int], str] = field(default=lambda _: "", repr=False, compare=False)


class NotAFeedError(Exception):
    """It is something else; the message says what, as far as that can be told. `feed_url` where it names its feed."""

    def __init__(self, reason: str, *, feed_url: str = "") -> None:
        super().__init__(reason)
        self.feed_url = feed_url


def entry_id(*given: str, otherwise: Sequence[str]) -> str:
    """The first id that is one; else a hash of what tells entries apart. Long ones become hashes too."""
    for each in given:
        if each.strip():
            return each.strip() if len(each.strip()) <= LONGEST_ID_CHARS else f"sha256-{hashlib.sha256(each.strip().encode()).hexdigest()}"
    return f"sha256-{hashlib.sha256(chr(10).join(otherwise).encode()).hexdigest()}"


def told_apart(entries: Sequence[Entry]) -> list[Entry]:
    """Entries that share an id, and lead to different pages, are told apart by these; what is there twice stays once.

    Those that lead to one page (a show's, say) and appeared at different times under different titles are told apart by what they are.
    """
    pages: dict[str, set[str]] = {}
    for entry in entries:
        pages.setdefault(entry.id, set()).add(entry.url)
    apart = [entry if len(pages[entry.id]) == 1 or not entry.url else _by_page(entry) for entry in entries]
    said: dict[str, list[Entry]] = {}
    for entry in apart:
        said.setdefault(entry.id, []).append(entry)
    return [_by_words(entry) if _are_several(said[entry.id]) else entry for entry in apart]


def resolved(base: str, address: str) -> str:
    """A web address on its base; "" for what is none."""
    try:
        whole = urljoin(base, address.strip()) if address.strip() else ""
        parts = urlsplit(whole)
    except ValueError:
        return ""
    return whole.replace(" ", "%20") if parts.scheme in {"http", "https"} and parts.netloc and whole.isprintable() else ""


def unwrapped(address: str) -> str:
    """The page that a search engine's own address leads to; any other address as it is."""
    found = _WRAPPED.match(address)
    inner = parse_qs(found[1]).get("url", [""])[0] or parse_qs(found[1]).get("q", [""])[0] if found else ""
    return resolved("", inner) or address


def _are_several(alike: Sequence[Entry]) -> bool:
    """Whether entries of one id are several: versions of one entry appeared at one time."""
    return len({each.title for each in alike}) > 1 and len({each.published for each in alike}) > 1


def _by_words(entry: Entry) -> Entry:
    file = next((each.url for each in entry.attachments if each.url), "")
    return replace(entry, id=entry_id(file, otherwise=(entry.title, str(entry.published))), shares_id=True)


def _by_page(entry: Entry) -> Entry:
    return replace(entry, id=entry_id(entry.url, otherwise=()), shares_id=True)
