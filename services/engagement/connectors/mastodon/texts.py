"""Mastodon's HTML as plain text: paragraphs, line breaks, lists, and links as a reader would copy them. Called by parse; pure.

Vendor's page: https://docs.joinmastodon.org/spec/activitypub/#sanitization.
"""

import re
from html import unescape
from html.parser import HTMLParser

_LIMIT_CHARS = 200_000
_LONGEST_TAG = 8_000
_TAG = re.compile(r"<[^<>]*>")
_WHOLE = re.compile(rf"/?[a-zA-Z][^<>]{{0,{_LONGEST_TAG}}}>")
_APART = frozenset({"p", "blockquote", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "div", "table"})
_UNSEEN = frozenset({"script", "style", "template"})


def plain_text(html: str | None) -> str | None:
    """The words of a status, a note or a field; None where there are none. A link is its address unless it has words of its own."""
    if not html:
        return None
    if "<" not in html and "&" not in html:
        return html.strip() or None
    # The standard library reads a tag that never ends again and again: such a "<" is a sign like any other.
    first, *others = html[:_LIMIT_CHARS].split("<")
    reader = _Words()
    try:
        reader.feed(first + "".join(f"<{each}" if _WHOLE.match(each) else f"&lt;{each}" for each in others))
        reader.close()
    except (AssertionError, ValueError, RecursionError):
        return unescape(_TAG.sub(" ", html[:_LIMIT_CHARS])).strip() or None
    return _tidy("".join(reader.words)) or None


def _tidy(text: str) -> str:
    lines = [line.rstrip(" \t") for line in text.replace("\r\n", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Words(HTMLParser):
    """Collects what a reader sees; a shortened link (spans called invisible and ellipsis) becomes its whole address."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._unseen = 0
        self._link: tuple[str, int, bool] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Blocks begin a paragraph, list entries a line; what a link says is looked at where it ends."""
        given = {name: value or "" for name, value in attrs}
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "br":
            self.words.append("\n")
        elif tag == "li":
            self.words.append("\n- ")
        elif tag in _APART:
            self._apart()
        elif tag == "a":
            named = {"mention", "hashtag", "u-url"} & set(given.get("class", "").split())
            self._link = (given.get("href", ""), len(self.words), bool(named))
        elif tag == "img" and given.get("alt"):
            self.words.append(given["alt"])

    def handle_endtag(self, tag: str) -> None:
        """A paragraph or a link is over."""
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _APART:
            self._apart()
        elif tag == "a" and self._link:
            self._end_link()

    def handle_data(self, data: str) -> None:
        """Words as they stand; scripts and styles are none."""
        if not self._unseen:
            self.words.append(data)

    def _apart(self) -> None:
        if self.words:
            self.words.append("\n\n")

    def _end_link(self) -> None:
        address, begin, named = self._link or ("", 0, True)
        self._link = None
        shown = "".join(self.words[begin:])
        if named or not address.startswith(("http://", "https://")) or shown.startswith(("@", "#")):
            return
        bare = re.sub(r"^https?://(?:www\.)?|[/\u2026.]+$", "", shown.strip())
        if not bare or bare.rstrip("/\u2026") in address:
            self.words[begin:] = [address]
        else:
            self.words.append(f" ({address})")
