"""XML as a small tree with names that do not depend on how a feed spells its namespaces. Called by xml and salvage; pure.

Names are lower case; those of RSS and Atom have no prefix, those of the known extensions their usual one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

DEEPEST = 80
MOST_NODES = 200_000
TEXT_LIMIT_CHARS = 200_000
_CORE = (
    "http://www.w3.org/2005/atom",
    "http://purl.org/atom/ns",
    "http://purl.org/rss/1.0",
    "http://my.netscape.com/rdf/simple/0.9",
    "http://channel.netscape.com/rdf/simple/0.9",
    "http://my.netscape.com/publish/formats/rss-0.91.dtd",
    "http://backend.userland.com/rss",
    "http://backend.userland.com/rss2",
    "http://blogs.law.harvard.edu/tech/rss",
    "http://cyber.law.harvard.edu/rss",
)
_USUAL = {
    "http://www.w3.org/1999/02/22-rdf-syntax-ns": "rdf",
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/dc/elements/1.0": "dc",
    "http://purl.org/dc/terms": "dcterms",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://purl.org/rss/1.0/modules/slash": "slash",
    "http://purl.org/rss/1.0/modules/syndication": "sy",
    "http://wellformedweb.org/commentapi": "wfw",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/rss": "media",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://purl.org/atompub/tombstones/1.0": "at",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.google.com/schemas/play-podcasts/1.0": "googleplay",
    "http://www.youtube.com/xml/schemas/2015": "yt",
    "http://schemas.google.com/g/2005": "gd",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.w3.org/1999/xhtml": "xhtml",
}
_PREFIXES = {**dict.fromkeys(_CORE, ""), **_USUAL}
# What these prefixes mean where nobody declared them.
_UNDECLARED = {"atom": "", "atom10": "", "atom03": "", "a10": "", "rss": ""}


class TooManyNodesError(Exception):
    """More elements than a feed has: it is something else, or an attack."""


@dataclass(slots=True)
class Node:
    """One element: texts and elements within it, in their order."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    def nodes(self, *names: str) -> Iterator["Node"]:
        """The elements right within it, all or those of these names."""
        return (child for child in self.children if isinstance(child, Node) and (not names or child.name in names))

    def find(self, *names: str) -> "Node | None":
        """The first of them, by the order of the names."""
        return next((node for name in names for node in self.nodes(name)), None)

    def text(self, *names: str) -> str:
        """The words in it; with names, those of the first element of these names that has any."""
        if not names:
            return "".join(_texts(self)).strip()
        return next((words for name in names for node in self.nodes(name) if (words := node.text())), "")

    def within(self, *names: str) -> Iterator["Node"]:
        """Elements of these names at any depth, none of them within another of them."""
        return (node for _, node in self.placed(*names))

    def placed(self, *names: str) -> Iterator[tuple["Node", "Node"]]:
        """The same, each with the element that it is right within."""
        walks = [(self, self.nodes())]
        while walks:
            parent, nodes = walks[-1]
            node = next(nodes, None)
            if node is None:
                walks.pop()
            elif node.name in names:
                yield parent, node
            else:
                walks.append((node, node.nodes()))


@dataclass(slots=True)
class _Open:
    """An element whose end has not come. `spaces` are the prefixes in force within it."""

    node: Node
    raw: str
    spaces: Mapping[str, str]


class Builder:
    """Makes the tree from begins, ends and texts; an end that fits nothing is overlooked, a missing one is made up."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[_Open] = []
        self._count = 0
        self._beyond = 0

    def begin(self, raw: str, attributes: Mapping[str, str]) -> None:
        """An element begins. Raises `TooManyNodesError`."""
        self._count += 1
        if self._count > MOST_NODES:
            raise TooManyNodesError
        if len(self._open) >= DEEPEST:
            self._beyond += 1
            return
        spaces = self._spaces(attributes)
        node = Node(_canonical(raw, spaces), {_attribute(name, spaces): value for name, value in attributes.items() if not _is_space(name)})
        if self._open:
            self._open[-1].node.children.append(node)
        elif self.root is None:
            self.root = node
        self._open.append(_Open(node, raw, spaces))

    def end(self, raw: str) -> None:
        """An element ends, and with it those within it that never did."""
        if self._beyond:
            self._beyond -= 1
            return
        if any(each.raw == raw for each in reversed(self._open)):
            while self._open.pop().raw != raw:
                pass

    def words(self, text: str) -> None:
        """Text goes on."""
        if self._open and text:
            self._open[-1].node.children.append(text[:TEXT_LIMIT_CHARS])

    def _spaces(self, attributes: Mapping[str, str]) -> Mapping[str, str]:
        before = self._open[-1].spaces if self._open else {}
        declared = {name.partition(":")[2]: value for name, value in attributes.items() if _is_space(name)}
        return {**before, **declared} if declared else before


def written(node: Node) -> str:
    """The tree as XML of its own; reading that gives the same tree."""
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in node.attributes.items())
    inner = "".join(escape(child, quote=False) if isinstance(child, str) else written(child) for child in node.children)
    return f"<{node.name}{attributes}>{inner}</{node.name}>"


def _texts(node: Node) -> Iterator[str]:
    for child in node.children:
        if isinstance(child, str):
            yield child
        else:
            yield from _texts(child)


def _is_space(name: str) -> bool:
    return name == "xmlns" or name.startswith("xmlns:")


def _canonical(raw: str, spaces: Mapping[str, str]) -> str:
    before, colon, after = raw.partition(":")
    prefix, local = (before, after) if colon else ("", raw)
    if prefix in spaces:
        known = _PREFIXES.get(spaces[prefix].strip().lower().rstrip("/#"))
        prefix = prefix if known is None else known
    prefix = _UNDECLARED.get(prefix.lower(), prefix.lower())
    return f"{prefix}:{local.lower()}" if prefix else local.lower()


def _attribute(raw: str, spaces: Mapping[str, str]) -> str:
    return _canonical(raw, spaces) if ":" in raw else raw.lower()
