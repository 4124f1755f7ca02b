"""The XML of a feed as a tree: strictly, then with its usual mistakes mended, then piece by piece. Called by documents; pure.

No document type is read, so nothing is expanded and nothing is fetched; defusedxml refuses what is left of one.
"""

import re
from collections.abc import Iterator
from html import unescape
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.sax import parseString

from services.engagement.connectors.feeds.tree import Builder, Node, TooManyNodesError

_PROLOGUE = re.compile(r"\s*<\?xml\b[^>]{0,500}\?>", re.IGNORECASE)
_DOCUMENT_TYPE = re.compile(r"<!DOCTYPE[^<>\[\]]{0,1000}(?:\[[^\]]{0,20000}\]\s{0,100})?>", re.IGNORECASE)
_LITERAL, _LITERAL_END = "<![CDATA[", "]]>"
_REFERENCE = re.compile(r"&(?:(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)?")
_OF_XML = frozenset({"lt", "gt", "amp", "quot", "apos"})
_NAME = re.compile(r"[A-Za-z_][\w.-]*(?::[\w.-]+)?")
_ATTRIBUTE = re.compile(r"([A-Za-z_:][\w:.-]{0,100})\s{0,20}=\s{0,20}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_LONGEST_TAG_CHARS = 8_000
_HEAD_CHARS = 4_000
_MOST_PIECES = 500_000


def read_markup(text: str) -> Node | None:
    """The root element, or None where there is no element at all. Raises `TooManyNodesError`."""
    text = _DOCUMENT_TYPE.sub("", _PROLOGUE.sub("", text[:_HEAD_CHARS], count=1), count=1) + text[_HEAD_CHARS:]
    begin = text.find("<")
    if begin < 0:
        return None
    text = text[begin:]
    strict = _strictly(text)
    return strict or _strictly("".join(map(_mended, _sections(text)))) or _piecewise(text)


class _Handler(ContentHandler):
    """Hands what the parser finds to the builder."""

    def __init__(self, builder: Builder) -> None:
        super().__init__()
        self._builder = builder

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the parser's name for it
        """An element begins."""
        self._builder.begin(name, dict(attrs.items()))

    def endElement(self, name: str) -> None:  # noqa: N802 - the parser's name for it
        """An element ends."""
        self._builder.end(name)

    def characters(self, content: str) -> None:
        """Text."""
        self._builder.words(content)


def _strictly(text: str) -> Node | None:
    builder = Builder()
    try:
        parseString(text.encode(), _Handler(builder))
    except (SAXException, DefusedXmlException, ValueError):
        return None
    return builder.root


def _sections(text: str) -> Iterator[str]:
    """What stands literally, and what stands around it. What is never ended is no section, nor is what follows it."""
    place = 0
    while (begin := text.find(_LITERAL, place)) >= 0 and (end := text.find(_LITERAL_END, begin)) >= 0:
        yield text[place:begin]
        place = end + len(_LITERAL_END)
        yield text[begin:place]
    yield text[place:]


def _mended(piece: str) -> str:
    """References that XML does not know as the characters that HTML means, and lone ampersands as such."""
    return piece if piece.startswith(_LITERAL) else _REFERENCE.sub(_mend, piece)


def _mend(found: re.Match[str]) -> str:
    name = found[1]
    if name is None:
        return "&amp;"
    if name in _OF_XML:
        return found[0]
    meant = unescape(found[0])
    if name.startswith("#"):
        return meant.replace("&", "&amp;").replace("<", "&lt;") if meant.isprintable() or meant in "\n\t" else ""
    return meant if meant != found[0] else f"&amp;{found[0][1:]}"


def _piecewise(text: str) -> Node | None:
    """Tags as they come, whatever is wrong between them."""
    if text.count("<") > _MOST_PIECES:
        raise TooManyNodesError
    builder, place = Builder(), 0
    while (begin := text.find("<", place)) >= 0:
        builder.words(unescape(text[place:begin]))
        place = _piece(text, begin, builder=builder)
    builder.words(unescape(text[place:]))
    return builder.root


def _piece(text: str, begin: int, *, builder: Builder) -> int:
    """Read what begins with this `<`; gives where to go on."""
    for opening, closing in (("<![CDATA[", "]]>"), ("<!--", "-->"), ("<?", "?>"), ("<!", ">")):
        if text.startswith(opening, begin):
            end = text.find(closing, begin)
            inner = text[begin + len(opening) : end if end >= 0 else len(text)]
            if opening == "<![CDATA[":
                builder.words(inner)
            return len(text) if end < 0 else end + len(closing)
    end = _end_of_tag(text, begin)
    closes = text.startswith("</", begin)
    name = _NAME.match(text, begin + 1 + closes)
    if end < 0 and name is not None and len(text) - begin < _LONGEST_TAG_CHARS:
        return len(text)
    if end < 0 or name is None:
        builder.words("<")
        return begin + 1
    if closes:
        builder.end(name.group())
        return end + 1
    inner = text[name.end() : end]
    values = {key: unescape(double or single or bare) for key, double, single, bare in _ATTRIBUTE.findall(inner)}
    builder.begin(name.group(), values)
    if inner.rstrip().endswith("/"):
        builder.end(name.group())
    return end + 1


def _end_of_tag(text: str, begin: int) -> int:
    """The place of its `>`, one between quotes aside; -1 where it has none near."""
    end = text.find(">", begin, begin + _LONGEST_TAG_CHARS)
    further = end
    while further >= 0:
        tag = text[begin:further]
        if tag.count('"') % 2 == 0:
            return further
        further = text.find(">", further + 1, begin + _LONGEST_TAG_CHARS)
    return end
