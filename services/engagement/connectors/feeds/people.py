"""Who wrote an entry, and where, as the house names people and places. Called by events; pure.

Feeds have no accounts. A person is known by the address of a page of their own, else by the name within one site, else by a mail address.
"""

import re
from urllib.parse import urlsplit

from services.contracts.interaction import Author, Claimed, Venue
from services.contracts.vocabulary import Control, Media
from services.engagement.connectors.feeds.entries import Entry, Feed, Person

NETWORK = "feeds"
_HANDLE = re.compile(r"(?:/?u/|@)([\w.-]{1,100})")
_NOBODYS = re.compile(r"(?:no-?reply|do-?not-?reply|nospam|invalid|nobody)\b", re.IGNORECASE)
_LONGEST_CHARS = 240


def authors_of(entry: Entry, *, feed: Feed, language: str | None = None) -> tuple[Author, ...]:
    """The people who wrote it, the first of them first; the feed itself where it names nobody. Never empty."""
    source = entry.source or feed
    people = entry.authors or ((source.author,) if source.author else ())
    made = [_author(person, feed=source, language=language) for person in people]
    return tuple(each for each in made if each is not None) or (_as_author(source, otherwise=_page_of(entry)),)


def venue_of(entry: Entry, *, feed: Feed, control: Control, asked: str) -> Venue:
    """Where it was published: the feed, or the one that this one took it from. `asked` is the address that the channel reads."""
    source = entry.source or feed
    page = source.link or source.url or asked
    key = key_of(source) or asked or _page_of(entry) or "feed"
    media = Media.OWNED if control is Control.OURS else Media.EARNED
    return Venue(
        network=NETWORK, external_id=key[:_LONGEST_CHARS], url=page or None, title=source.title or None, control=control, media=media
    )


def key_of(feed: Feed) -> str:
    """What a feed is known by: the page that it belongs to, so that the feeds of one blog are one place."""
    return feed.link or feed.id or feed.url or feed.title


def _author(person: Person, *, feed: Feed, language: str | None) -> Author | None:
    own_page = person.url if _is_own(person.url, feed=feed) else ""
    email = person.email if not _NOBODYS.match(person.email) else ""
    known = own_page or " ".join(person.name.split()).casefold() or email.lower()
    if not known:
        return None
    handle = _HANDLE.fullmatch(person.name)
    return Author(
        network=NETWORK,
        external_id=known[:_LONGEST_CHARS],
        scope="" if own_page or not person.name else site_of(feed),
        handle=handle[1] if handle else None,
        name=person.name or None,
        avatar_url=person.avatar_url or None,
        language=language,
        emails=(Claimed(value=email),) if email else (),
        links=(person.url,) if person.url else (),
    )


def _as_author(feed: Feed, *, otherwise: str) -> Author:
    """The feed speaks for itself."""
    page = feed.link or feed.url
    key = key_of(feed) or otherwise or "unknown"
    return Author(network=NETWORK, external_id=key[:_LONGEST_CHARS], name=feed.title or None, links=(page,) if page else ())


def site_of(feed: Feed) -> str:
    """The site whose names these are."""
    return _host(feed.link) or _host(feed.url) or feed.id[:_LONGEST_CHARS]


def _is_own(page: str, *, feed: Feed) -> bool:
    """Whether a page can be one person's: the front page of a site is given for everybody who writes there."""
    return "/" in _trimmed(page) or (bool(page) and _trimmed(page) not in {_trimmed(feed.link), _trimmed(feed.url)})


def _page_of(entry: Entry) -> str:
    host = _host(entry.url)
    return f"https://{host}/" if host else ""


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _trimmed(address: str) -> str:
    return address.partition("//")[2].removeprefix("www.").rstrip("/").lower()
