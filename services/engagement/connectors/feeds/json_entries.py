"""JSON Feed as a document of entries. Called by documents; pure.

Source: https://www.jsonfeed.org/version/1.1/ and /version/1/.
"""

import msgspec

from services.contracts.interaction import Attachment
from services.engagement.connectors.feeds.entries import Document, Entry, Feed, NotAFeedError, Person, entry_id, resolved, told_apart
from services.engagement.connectors.feeds.media import attachment, distinct
from services.engagement.connectors.feeds.times import read_date
from services.engagement.connectors.feeds.words import tidy, words_of_html, words_of_title
from services.engagement.protocol import salvage

_TELLING = frozenset({"content_html", "content_text", "date_published", "date_modified", "external_url", "banner_image"})
_HEAD = ("version", "title", "home_page_url", "feed_url", "language", "author", "authors")
_HEAD_CHARS = 2_000
MOST_ENTRIES = 5_000


class _Author(msgspec.Struct):
    """Somebody who wrote."""

    name: str = ""
    url: str = ""
    avatar: str = ""


class _File(msgspec.Struct):
    """Something attached."""

    url: str = ""
    mime_type: str = ""
    title: str = ""
    size_in_bytes: int | None = None


class _Item(msgspec.Struct):
    """One entry. An id ought to be text, and is often a number."""

    id: str = ""
    url: str = ""
    external_url: str = ""
    title: str = ""
    content_html: str = ""
    content_text: str = ""
    summary: str = ""
    image: str = ""
    banner_image: str = ""
    date_published: str = ""
    date_modified: str = ""
    author: _Author | None = None
    authors: list[_Author] = []
    tags: list[str] = []
    language: str = ""
    attachments: list[_File] = []


class _Hub(msgspec.Struct):
    """Who pushes; other types than WebSub are of no use here."""

    type: str = ""
    url: str = ""


class _Feed(msgspec.Struct):
    """The feed itself."""

    title: str = ""
    home_page_url: str = ""
    feed_url: str = ""
    next_url: str = ""
    language: str = ""
    author: _Author | None = None
    authors: list[_Author] = []
    hubs: list[_Hub] = []


def read_feed_json(top: object, *, url: str) -> Document:
    """The feed that a JSON value is: a whole one, a list of entries, or one entry. Raises `NotAFeedError`."""
    head, raws = _parts(top)
    given = salvage(head, into=_Feed)
    base = url or resolved("", given.feed_url) or resolved("", given.home_page_url)
    feed = Feed(
        title=words_of_title(given.title),
        url=resolved(base, given.feed_url),
        link=resolved(base, given.home_page_url),
        language=given.language[:35],
        author=_first(given, base=base),
        next_url=resolved(base, given.next_url),
        hub_url=next((address for hub in given.hubs if hub.type.lower() == "websub" and (address := resolved(base, hub.url))), ""),
    )
    entries = told_apart([_entry(salvage(raw, into=_Item), feed=feed, base=feed.link or base) for raw in raws[:MOST_ENTRIES]])
    kept = {name: head[name] for name in _HEAD if name in head and len(str(head[name])) <= _HEAD_CHARS}
    return Document(
        format="JSON",
        feed=feed,
        entries=entries,
        alone=lambda number: msgspec.json.encode({**kept, "items": [raws[number]]}).decode(),
    )


def _parts(top: object) -> tuple[dict[str, object], list[dict[str, object]]]:
    """The feed's own fields, and its items."""
    if isinstance(top, dict):
        items, is_feed = top.get("items"), "jsonfeed.org/version" in str(top.get("version", ""))
        if isinstance(items, list) or is_feed:
            found = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
            if is_feed or any(_is_item(item) for item in found):
                return top, found
        elif _is_item(top):
            return {}, [top]
    elif isinstance(top, list) and top and all(isinstance(item, dict) and _is_item(item) for item in top):
        return {}, top
    raise NotAFeedError("this JSON is no JSON Feed")


def _is_item(item: dict[str, object]) -> bool:
    return bool(_TELLING & item.keys()) and bool({"id", "url", "title", "content_html", "content_text"} & item.keys())


def _entry(item: _Item, *, feed: Feed, base: str) -> Entry:
    page = resolved(base, item.url) or resolved(base, item.external_url)
    title = words_of_title(item.title)
    # Both may be there: HTML says more, plain text says it without guessing.
    text = tidy(item.content_text) or words_of_html(item.content_html) or words_of_html(item.summary)
    published = read_date(item.date_published)
    people = tuple(_person(each, base=base) for each in (*item.authors, *([item.author] if item.author else [])))
    return Entry(
        id=entry_id(item.id, page, otherwise=(title, text, item.date_published)),
        url=page,
        title=title,
        text=text,
        published=published,
        updated=read_date(item.date_modified),
        authors=tuple(dict.fromkeys(each for each in people if each.name or each.url))[:10],
        language=(item.language or feed.language)[:35],
        categories=tuple(dict.fromkeys(words_of_title(tag)[:100] for tag in item.tags if tag.strip()))[:30],
        attachments=_attachments(item, base=base),
    )


def _attachments(item: _Item, *, base: str) -> tuple[Attachment, ...]:
    made = [attachment(each.url, base=base, type_=each.mime_type, size=each.size_in_bytes, name=each.title) for each in item.attachments]
    made += [attachment(address, base=base, medium="image") for address in (item.image, item.banner_image)]
    return distinct(each for each in made if each is not None)


def _first(feed: _Feed, *, base: str) -> Person | None:
    named = [*feed.authors, *([feed.author] if feed.author else [])]
    return next((_person(each, base=base) for each in named if each.name or each.url), None)


def _person(author: _Author, *, base: str) -> Person:
    address = author.url.strip()
    email = address.removeprefix("mailto:") if address.startswith("mailto:") else ""
    return Person(
        name=words_of_title(author.name)[:200], url=resolved(base, address), email=email, avatar_url=resolved(base, author.avatar)
    )
