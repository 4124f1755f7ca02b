"""RSS 0.9 to 2.0, RDF and Atom as a document of entries. Called by documents; pure.

Sources: https://www.rssboard.org/rss-specification, https://validator.w3.org/feed/docs/rss1.html, RFC 4287 (Atom), RFC 4685 (threading),
RFC 6721 (tombstones), https://www.rssboard.org/media-rss, and the modules dc, content, slash, wfw, sy and itunes.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urljoin

from services.engagement.connectors.feeds.entries import (
    Answering,
    Document,
    Entry,
    Feed,
    NotAFeedError,
    Person,
    entry_id,
    resolved,
    told_apart,
    unwrapped,
)
from services.engagement.connectors.feeds.media import attachments_of
from services.engagement.connectors.feeds.times import read_date
from services.engagement.connectors.feeds.tree import Node, written
from services.engagement.connectors.feeds.words import tidy, words_of_html, words_of_node, words_of_title

ENTRIES = ("item", "entry", "at:deleted-entry", "deleted-entry")
_ROOTS = frozenset({"rss", "rdf:rdf", "rdf", "channel", "feed", *ENTRIES})
# What of a feed itself is kept beside each of its entries.
_HEAD = frozenset(
    ("title", "link", "id", "language", "dc:language", "author", "itunes:author", "sy:updateperiod", "sy:updatefrequency", "ttl")
)
_HEAD_TEXT_CHARS = 500
MOST_ENTRIES = 5_000
_CODED = "base64"
_OCTETS = "application/octet-stream"
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_MOST_CATEGORIES = 30
_MAILBOX = re.compile(r"([^\s<>()\"]+@[^\s<>()\"]+)")
_PUBLISHED = ("published", "issued", "pubdate", "dc:date", "dcterms:issued", "dcterms:created", "created", "date")
_UPDATED = ("updated", "modified", "dcterms:modified", "lastbuilddate")
_BODIES = ("content:encoded", "content", "xhtml:body", "description", "summary", "media:description", "itunes:summary", "fullitem")


@dataclass(frozen=True, slots=True)
class _Place:
    """What an element inherits: the base of its addresses, and its language."""

    base: str
    language: str

    def within(self, node: Node) -> "_Place":
        """The same for what is in this element."""
        base, language = node.attributes.get("xml:base", ""), node.attributes.get("xml:lang", "")
        return _Place(_joined(self.base, base), language.strip() or self.language) if base or language else self


def read_xml(root: Node, *, url: str) -> Document:
    """The feed that a tree is. Raises `NotAFeedError`."""
    if root.name not in _ROOTS:
        raise NotAFeedError(_what(root), feed_url=_announced(root, url))
    head = next(root.within("channel"), root) if root.name not in ENTRIES else Node(root.name)
    place = _Place(url, "").within(root)
    place = place if head is root else place.within(head)
    feed = _feed(head, place=place, url=url)
    place = _Place(place.base or feed.url or feed.link, feed.language)
    found = [(root, root)] if root.name in ENTRIES else list(islice(root.placed(*ENTRIES), MOST_ENTRIES))
    entries = told_apart([_entry(node, place=place.within(node)) for _, node in found])
    format_ = "Atom" if root.name in {"feed", "entry"} else "RSS"
    return Document(format=format_, feed=feed, entries=entries, alone=_Frame(root, found).around)


def _what(root: Node) -> str:
    if root.name in {"html", "xhtml:html"}:
        return "it is a web page, no feed"
    return "it is a list of feeds (OPML), no feed" if root.name == "opml" else f"an element <{root.name[:40]}> is no feed"


def _announced(root: Node, url: str) -> str:
    """The feed that a web page names as its own."""
    for link in root.within("link", "xhtml:link"):
        given = link.attributes
        kinds = ("application/rss+xml", "application/atom+xml", "application/feed+json")
        if "alternate" in given.get("rel", "").lower() and given.get("type", "").lower() in kinds:
            return resolved(url, given.get("href", ""))
    return ""


class _Frame:
    """What is kept of the feed itself, for each of its entries."""

    def __init__(self, root: Node, found: Sequence[tuple[Node, Node]]) -> None:
        self._root = root
        self._found = found
        self._channel = next(root.nodes("channel"), None)
        self._kept: dict[str, list[Node]] = {}

    def around(self, number: int) -> str:
        """The feed with this entry as its only one, and of the rest only what is read."""
        parent, entry = self._found[number]
        if entry is self._root:
            return written(entry)
        channel = self._channel
        inner = [] if channel is None else [self._copied(channel, entry if parent is channel else None)]
        copied = self._copied(self._root, entry if parent is not channel else None)
        return written(Node(copied.name, copied.attributes, [*inner, *copied.children]))

    def _copied(self, node: Node, entry: Node | None) -> Node:
        if node.name not in self._kept:
            self._kept[node.name] = [_shortened(child) for child in node.nodes(*_HEAD)]
        return Node(node.name, node.attributes, [*self._kept[node.name], *([entry] if entry else [])])


def _shortened(node: Node) -> Node:
    children = [child[:_HEAD_TEXT_CHARS] if isinstance(child, str) else _shortened(child) for child in node.children[:20]]
    return Node(node.name, node.attributes, children)


def _feed(head: Node, *, place: _Place, url: str) -> Feed:
    person = head.find("author")
    podcast = head.text("itunes:author", "googleplay:author")
    base = place.base or url or _link(head, "self", base="")
    return Feed(
        id=head.text("id"),
        title=words_of_title(head.text("title")),
        url=_link(head, "self", base=base),
        link=_link(head, "alternate", base=base),
        language=(place.language or head.text("language", "dc:language")).strip()[:35],
        author=_person(person, base=base) if person and head.name == "feed" else Person(name=podcast) if podcast else None,
        wait_seconds=_wait(head),
        next_url=_link(head, "next", base=base) or _link(head, "prev-archive", base=base),
        hub_url=_link(head, "hub", base=base),
    )


def _wait(head: Node) -> float | None:
    """The longest of what the feed says of itself, in seconds."""
    ttl, period, often = head.text("ttl"), head.text("sy:updateperiod").lower(), head.text("sy:updatefrequency")
    said = [60.0 * int(ttl)] if ttl.isascii() and ttl.isdigit() and len(ttl) < 8 else []
    if period in _PERIODS:
        times = int(often) if often.isascii() and often.isdigit() and 0 < len(often) < 6 else 1
        said.append(_PERIODS[period] / max(times, 1))
    return max(said, default=None)


def _entry(node: Node, *, place: _Place) -> Entry:
    if node.name in {"at:deleted-entry", "deleted-entry"}:
        return _tombstone(node, place=place)
    base = place.base
    page, title, text = _page(node, base=base), _title(node), _body(node)
    published = next(filter(None, (read_date(node.text(name)) for name in _PUBLISHED)), None)
    given = (node.text("id"), node.text("guid"), node.attributes.get("rdf:about", ""), node.text("dc:identifier") if not page else "")
    return Entry(
        id=entry_id(*given, page, otherwise=(title, text, str(published))),
        url=page,
        title=title,
        text=text,
        published=published,
        updated=next(filter(None, (read_date(node.text(name)) for name in _UPDATED)), None),
        authors=_authors(node, base=base),
        language=(node.text("dc:language", "language") or place.language)[:35],
        categories=_categories(node),
        attachments=attachments_of(node, base=base),
        answering=_answering(node, base=base),
        source=_source(node, base=base),
        comments_url=resolved(base, node.text("comments")) or _link(node, "replies", base=base),
        comments=(node.text("slash:comments", "thr:total") or _count(node))[:12],
    )


def _tombstone(node: Node, *, place: _Place) -> Entry:
    return Entry(
        id=entry_id(node.attributes.get("ref", ""), otherwise=(written(node),)),
        url=_link(node, "alternate", base=place.base),
        updated=read_date(node.attributes.get("when")),
        authors=tuple(_person(each, base=place.base) for each in node.within("by", "at:by")),
        deleted=True,
    )


def _page(node: Node, *, base: str) -> str:
    """Where the entry stands: its link, else its guid where that is one, else what it is about."""
    guid = node.find("guid")
    permanent = guid.text() if guid is not None and guid.attributes.get("ispermalink", "true").strip().lower() != "false" else ""
    direct = resolved(base, node.text("feedburner:origlink"))
    about = node.attributes.get("rdf:about", "")
    related = _link(node, "related", base=base) or _link(node, "via", base=base)
    web = permanent if "://" in permanent else ""
    return direct or unwrapped(_link(node, "alternate", base=base)) or resolved(base, web) or resolved("", about) or related


def _link(node: Node, relation: str, *, base: str) -> str:
    """An address of this relation: Atom's links, and for `alternate` RSS's, which are text."""
    found: list[tuple[int, str]] = []
    for link in node.nodes("link"):
        given = link.attributes
        href = given.get("href", "")
        if href and given.get("rel", "alternate").strip().lower().rpartition("/")[2] == relation:
            found.append((0 if "html" in given.get("type", "html") else 2, resolved(_joined(base, given.get("xml:base", "")), href)))
        elif not href and relation == "alternate" and given.get("rel", "alternate") == "alternate":
            found.append((1, resolved(base, link.text() or given.get("rdf:resource", ""))))
    return next((address for _, address in sorted(found, key=lambda each: each[0]) if address), "")


def _title(node: Node) -> str:
    title = node.find("title", "media:title", "dc:title")
    group = next(node.within("media:title"), None) if title is None else None
    chosen = title or group
    if chosen is None:
        return ""
    if any(isinstance(child, Node) for child in chosen.children):
        return words_of_title(words_of_node(chosen))
    coded = chosen.attributes.get("mode", "").lower() == _CODED or chosen.attributes.get("type", "").lower() == _OCTETS
    is_html = coded or chosen.attributes.get("type", "").lower() in {"html", "text/html"}
    return words_of_title(_plain(chosen) if is_html else chosen.text())


def _body(node: Node) -> str:
    """The longest way in which the entry says itself, content before summary."""
    found = [each for name in _BODIES for each in node.nodes(name)] + list(node.within("media:description"))
    texts = [_plain(each) for each in found]
    return next((text for text in texts if text), "")


def _plain(node: Node) -> str:
    """The words of a text construct: escaped HTML, XHTML, or plain text (RFC 4287, section 3.1; RSS says nothing and means HTML)."""
    type_, mode = node.attributes.get("type", "").strip().lower(), node.attributes.get("mode", "").strip().lower()
    if any(isinstance(child, Node) for child in node.children):
        return words_of_node(node)
    if mode == _CODED or type_ == _OCTETS:
        text = _decoded(node.text())
        return tidy(text) if type_ in {"text", "text/plain"} else words_of_html(text)
    if type_ in {"text", "text/plain"} and mode != "escaped":
        return tidy(node.text())
    return words_of_html(node.text())


def _decoded(text: str) -> str:
    """Words in base64 (Atom 0.3, `mode`); as they stand where they are none."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return text


def _authors(node: Node, *, base: str) -> tuple[Person, ...]:
    made = [_person(each, base=base) for each in node.nodes("author")]
    made += [_named(each.text()) for each in node.nodes("dc:creator", "itunes:author", "dc:author", "creator") if each.text()]
    made += [Person(name=each.text()) for each in node.within("media:credit") if each.attributes.get("role", "author") == "author"]
    found = [each for each in made if each.name or each.url or each.email]
    by_name = {(each.name or each.email or each.url).casefold(): each for each in reversed(found)}
    return tuple(reversed(by_name.values()))[:10]


def _person(node: Node, *, base: str) -> Person:
    """Atom's author with its parts, or RSS's, which is a mailbox or a name."""
    if not any(node.nodes()):
        return _named(node.text())
    picture = node.find("gd:image")
    return Person(
        name=_name(node.text("name") or node.text("itunes:name")),
        url=resolved(base, node.text("uri", "url", "homepage")),
        email=_mailbox(node.text("email", "itunes:email")),
        avatar_url=resolved(base, picture.attributes.get("src", "")) if picture is not None else "",
    )


def _named(text: str) -> Person:
    """`jo@acme.example (Jo Roe)`, `Jo Roe <jo@acme.example>`, an address, or a name."""
    text = words_of_title(text)
    email = _mailbox(text)
    rest = text.replace(email, " ").strip(" <>()\"'\t") if email else text
    return Person(name=_name(rest.replace("mailto:", "")), email=email)


def _name(text: str) -> str:
    return words_of_title(text)[:200]


def _mailbox(text: str) -> str:
    found = _MAILBOX.search(text.replace("mailto:", "")[:500])
    return found[1].strip(".,;:") if found else ""


def _categories(node: Node) -> tuple[str, ...]:
    named = [each.attributes.get("label") or each.attributes.get("term") or each.text() for each in node.nodes("category", "dc:subject")]
    words = [words_of_title(each)[:100] for each in named]
    return tuple(dict.fromkeys(each for each in words if each))[:_MOST_CATEGORIES]


def _answering(node: Node, *, base: str) -> Answering | None:
    found = node.find("thr:in-reply-to", "in-reply-to")
    if found is None:
        return None
    page = resolved(base, found.attributes.get("href", ""))
    named = found.attributes.get("ref", "").strip() or page or found.text()
    return Answering(id=entry_id(named, otherwise=()), url=page) if named else None


def _source(node: Node, *, base: str) -> Feed | None:
    """The feed that an entry was taken over from (Atom), or that it is from (RSS)."""
    found = node.find("source")
    if found is None:
        return None
    if found.attributes.get("url"):
        address = resolved(base, found.attributes["url"])
        return Feed(title=words_of_title(found.text()), url=address, link=address) if address else None
    made = _feed(found, place=_Place(base, ""), url="")
    author = found.find("author")
    filled = Feed(id=made.id, title=made.title, url=made.url, link=made.link, author=_person(author, base=base) if author else None)
    return filled if filled.id or filled.link or filled.url else None


def _count(node: Node) -> str:
    return next((each.attributes["thr:count"] for each in node.nodes("link") if each.attributes.get("thr:count", "").isdigit()), "")


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address.strip())
    except ValueError:
        return base
