"""HTML as plain text: the words that a reader would see, in lines as the page has them. Called by xml_entries, json_entries; pure."""

import re
from html import unescape
from html.parser import HTMLParser

from services.engagement.connectors.feeds.tree import Node

TEXT_LIMIT_CHARS = 50_000
_HTML_LIMIT_CHARS = 200_000
_UNSEEN = frozenset(
    ("script", "style", "head", "template", "noscript", "svg", "object", "iframe", "select", "form", "button", "audio", "video")
)
_BLOCKS = frozenset(("address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "header"))
_BLOCKS |= frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul"))
_SPACE = dict.fromkeys(("p", "blockquote", "pre", "table", "ul", "ol"), "\n\n")
_VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,4000}>")
_MARKUP = re.compile(r"<!--|<[!?]")
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|br|cite|code|em|font|i|mark|q|s|small|span|strong|sub|sup|tt|u|wbr)\b[^<>]{0,2000}>", re.IGNORECASE
)


def words_of_html(html: str) -> str:
    """The words of a piece of HTML; of text without any tag its lines."""
    html = html[:_HTML_LIMIT_CHARS]
    if not _TAG.search(html) and "<!" not in html:
        return tidy(unescape(html))
    reader = _Words()
    reader.feed(_plainer(html))
    reader.close()
    return tidy("".join(reader.found))


def words_of_node(node: Node) -> str:
    """The words of XHTML within XML, or of HTML that nobody escaped."""
    reader = _Words()
    for child in node.children:
        _walk(child, reader)
    return tidy("".join(reader.found))


def words_of_title(title: str) -> str:
    """A title in one line: without the tags that people put into titles, with every other `<` as it stands."""
    return " ".join(unescape(_INLINE.sub("", title)).split())[:2000]


def tidy(text: str) -> str:
    """One kind of line end, no blanks around lines, at most one empty line, as much as is kept."""
    lines = (
        " ".join(line.replace("\u00a0", " ").split(" ")).strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:TEXT_LIMIT_CHARS]


class _Words(HTMLParser):
    """Collects what a reader would see. What is hidden is counted by depth, so that what it holds is hidden too."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag begins: a line, or something hidden."""
        style = next((value or "" for name, value in attrs if name == "style"), "")
        if tag not in _VOID and (self._hidden or tag in _UNSEEN or _HIDDEN.search(style)):
            self._hidden.append(tag)
        elif not self._hidden:
            self._line(tag)

    def handle_endtag(self, tag: str) -> None:
        """A tag ends: what it hid is over."""
        if tag in _VOID:
            return
        if not self._hidden:
            self._line(tag, ends=True)
        elif tag in self._hidden:
            while self._hidden.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Words, with blanks as HTML counts them."""
        if not self._hidden and data and (data.strip() or not self.found or not self.found[-1].endswith("\n")):
            self.found.append(re.sub(r"[ \t\r\n\f]+", " ", data))

    def unknown_decl(self, data: str) -> None:
        """A literal section within HTML: its words."""
        if data.startswith("CDATA["):
            self.handle_data(data.removeprefix("CDATA["))

    def _line(self, tag: str, *, ends: bool = False) -> None:
        if tag == "br":
            self.found.append("\n")
        elif tag in _BLOCKS:
            begun = bool(self.found) and self.found[-1].endswith("\n")
            lines = _SPACE.get(tag, "" if begun else "\n")
            self.found += [lines] if lines else []
            self.found += ["- "] if tag == "li" and not ends else []
        elif tag in {"td", "th"} and ends:
            self.found.append(" ")


def _walk(child: Node | str, reader: _Words) -> None:
    if isinstance(child, str):
        reader.handle_data(child)
        return
    name = child.name.rpartition(":")[2]
    reader.handle_starttag(name, list(child.attributes.items()))
    for each in child.children:
        _walk(each, reader)
    if name not in _VOID:
        reader.handle_endtag(name)


def _plainer(html: str) -> str:
    """The page without comments and declarations, with tags that never end as words: the parser would read them again and again."""
    before, *pieces = _undeclared(html).split("<")
    return before + "".join(f"<{piece}" if _TAG.match(f"<{piece}") else f"&lt;{piece}" for piece in pieces)


def _undeclared(html: str) -> str:
    """Without comments and declarations; of a literal section the words stay."""
    kept, place = [], 0
    while (begin := _MARKUP.search(html, place)) is not None:
        kept.append(html[place : begin.start()])
        if html.startswith("<![CDATA[", begin.start()):
            place = begin.start() + len("<![CDATA[")
            continue
        closing = "-->" if begin.group() == "<!--" else ">"
        end = html.find(closing, begin.end())
        place = len(html) if end < 0 else end + len(closing)
    kept.append(html[place:])
    return "".join(kept).replace("]]>", "")
