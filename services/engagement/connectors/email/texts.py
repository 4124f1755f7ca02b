"""What a mail says: text from plain or HTML parts, with what was quoted and signed set apart from what is new. Called by parse; pure.

HTML is never kept, only its words: no script, no style, nothing hidden, no address of a picture.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from services.engagement.connectors.email.mime import BROKEN, Part, storable, text_of_part

TEXT_LIMIT_CHARS = 50_000
QUOTED_LIMIT_CHARS = 20_000
SIGNATURE_LIMIT_CHARS = 2_000
_HTML_LIMIT_CHARS = 100_000
_UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "object", "select"})
_BREAKING = frozenset(("p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "blockquote", "pre"))
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "col", "area", "base", "wbr", "source", "track", "embed", "param"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_MARKUP = re.compile(r"<!--|<[!?]")
_WHOLE = re.compile(r"/?[a-zA-Z][^<>]{0,4000}>")
_TAG = re.compile(r"<[^<>]{0,2000}>")
# How mail programs announce the message that they quote, in a line of its own or over two.
_ANNOUNCED = re.compile(
    r"^(?:On\b.{4,300}\bwrote|Am\b.{4,300}\bschrieb\b.{0,200}|Le\b.{4,300}\ba \u00e9crit|El\b.{4,300}\bescribi\u00f3|"
    r"Il\b.{4,300}\bha scritto|Em\b.{4,300}\bescreveu|Op\b.{4,300}\bschreef\b.{0,200})\s*:\s*$",
    re.IGNORECASE,
)
_DIVIDER = re.compile(
    r"^(?:-{2,}\s*(?:Original Message|Urspr\u00fcngliche Nachricht|Message d'origine|Mensaje original|Messaggio originale|"
    r"Mensagem original|Forwarded message|Weitergeleitete Nachricht)\s*-{2,}|_{20,})\s*$",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^--\s?$")
_SHORTEST_HEADER_LINES = 3
_MOST_ANNOUNCING_LINES = 3
_LONGEST_ANNOUNCEMENT_CHARS = 400
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}")
_DIGIT = re.compile(r"\d")
_HEADER_LINE = re.compile(
    r"^\**(?:From|Von|De|Da|To|An|A|\u00c0|Para|Sent|Gesendet|Envoy\u00e9|Enviado|Inviato|Date|Datum|Subject|Betreff|Objet|Asunto|Oggetto|"
    r"Assunto|Cc|Van|Aan|Verzonden|Onderwerp|Fr\u00e5n|Till|Skickat|\u00c4mne|Fra|Til|Sendt|Emne|Od|Do|Wys\u0142ano|Temat|"
    r"\u041e\u0442|\u041a\u043e\u043c\u0443|\u041e\u0442\u043f\u0440\u0430\u0432\u043b\u0435\u043d\u043e|\u0414\u0430\u0442\u0430|\u0422\u0435\u043c\u0430|"
    r"\u53d1\u4ef6\u4eba|\u6536\u4ef6\u4eba|\u53d1\u9001\u65f6\u95f4|\u4e3b\u9898|\u5dee\u51fa\u4eba|\u5b9b\u5148|\u9001\u4fe1\u65e5\u6642|\u4ef6\u540d)\s?[:\uff1a]\**\s?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What is new, what it quotes below, and the signature."""

    new: str
    quoted: str = ""
    signature: str = ""


def words_of(parts: list[Part]) -> str:
    """The mail's text: its plain parts, else its HTML as text."""
    shown = [part for part in parts if part.disposition != "attachment" and part.content_type.startswith("text/")]
    plain = [text_of_part(part) for part in shown if part.content_type == "text/plain"]
    text = "\n".join(each for each in plain if each.strip())
    if not text.strip():
        text = "\n".join(text_of_html(text_of_part(part)) for part in shown if part.content_type == "text/html")
    return _tidy(text)


def text_of_html(html: str) -> str:
    """The words of an HTML page that a reader would see."""
    reader = _Words()
    try:
        reader.feed(_plainer(html[:_HTML_LIMIT_CHARS]))
        reader.close()
    except BROKEN:
        return storable(_TAG.sub(" ", html[:_HTML_LIMIT_CHARS]))
    return storable("".join(reader.words))


def said_in(text: str) -> Said:
    """The text in its three parts. Answers written between quoted lines stay among them: they make no sense alone."""
    lines = text.split("\n")
    begin = next((number for number in range(len(lines)) if _begins_quote(lines, number)), len(lines))
    new, quoted = lines[:begin], lines[begin:]
    if any(line.strip() and not line.startswith(">") for line in quoted[1:]) and quoted and _is_answered_between(quoted):
        new, quoted = lines, []
    sign = next((number for number, line in enumerate(new) if _SIGNATURE.match(line)), len(new))
    words, signature = "\n".join(new[:sign]).strip(), "\n".join(new[sign + 1 :]).strip()
    if not words:
        return Said(text.strip()[:TEXT_LIMIT_CHARS])
    return Said(words[:TEXT_LIMIT_CHARS], "\n".join(quoted).strip()[:QUOTED_LIMIT_CHARS], signature[:SIGNATURE_LIMIT_CHARS])


def _begins_quote(lines: list[str], number: int) -> bool:
    line = lines[number].strip()
    if line.startswith(">"):
        return True
    if not line:
        return False
    following = lines[number + 1].strip() if number + 1 < len(lines) else ""
    if _DIVIDER.match(line) or _ANNOUNCED.match(line) or _ANNOUNCED.match(f"{line} {following}"):
        return True
    if _leads_to_quote(lines, number):
        return True
    block = lines[number : number + _SHORTEST_HEADER_LINES + 1]
    return sum(bool(_HEADER_LINE.match(each.strip())) for each in block) >= _SHORTEST_HEADER_LINES


def _leads_to_quote(lines: list[str], number: int) -> bool:
    """Whether up to three lines name a time and an address, end with a colon, and the next is quoted: so it is said in any language."""
    for end in range(number + 1, min(number + _MOST_ANNOUNCING_LINES, len(lines)) + 1):
        if not lines[end - 1].strip() or not _DIGIT.search(lines[number]):
            return False
        if lines[end - 1].rstrip().endswith((":", "\uff1a")):
            said = " ".join(lines[number:end])
            after = next((line for line in lines[end : end + 2] if line.strip()), "")
            return after.startswith(">") and "@" in said and _TIME.search(said) is not None and len(said) < _LONGEST_ANNOUNCEMENT_CHARS
    return False


def _is_answered_between(quoted: list[str]) -> bool:
    """Whether words follow a line that is quoted with ">"."""
    first = next((number for number, line in enumerate(quoted) if line.startswith(">")), None)
    if first is None:
        return False
    signed = next((number for number, line in enumerate(quoted) if _SIGNATURE.match(line)), len(quoted))
    return any(line.strip() and not line.startswith(">") for line in quoted[first:signed])


def _plainer(html: str) -> str:
    """The page without comments, declarations and tags that never end: the standard library would read them again and again."""
    kept: list[str] = []
    place = 0
    while (begin := _MARKUP.search(html, place)) is not None:
        kept.append(html[place : begin.start()])
        closing = "-->" if begin.group() == "<!--" else ">"
        end = html.find(closing, begin.end())
        if end < 0:
            place = len(html)
            break
        place = end + len(closing)
    kept.append(html[place:])
    pieces = "".join(kept).split("<")
    return pieces[0] + "".join(f"<{each}" if _WHOLE.match(each) else f"&lt;{each}" for each in pieces[1:])


def _tidy(text: str) -> str:
    """One kind of line end, no trailing blanks, at most one empty line."""
    lines = [line.rstrip().replace("\u00a0", " ") for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[: TEXT_LIMIT_CHARS + QUOTED_LIMIT_CHARS]


class _Words(HTMLParser):
    """Collects what a reader would see. What is hidden is counted by depth, so that what it holds is hidden too."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden: list[str] = []
        self._quotes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag begins: a new line, or something hidden."""
        if tag in _VOID:
            self._break(tag)
            return
        style = next((value or "" for name, value in attrs if name == "style"), "")
        if self._hidden or tag in _UNSEEN or _HIDDEN.search(style):
            self._hidden.append(tag)
            return
        self._break(tag)
        self._quotes += tag == "blockquote"

    def handle_endtag(self, tag: str) -> None:
        """A tag ends: what it hid is over."""
        if self._hidden:
            if tag in self._hidden:
                while self._hidden.pop() != tag:
                    pass
            return
        if tag == "blockquote" and self._quotes:
            self._quotes -= 1
            self.words.append("\n")
        elif tag in _BREAKING:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        """Words; what stands in a quote is marked as in plain text."""
        if self._hidden or not data.strip():
            if not self._hidden and data:
                self.words.append(" ")
            return
        words = re.sub(r"\s+", " ", data)
        at_start = not self.words or self.words[-1].endswith("\n")
        self.words.append(f"> {words.lstrip()}" if self._quotes and at_start else words)

    def _break(self, tag: str) -> None:
        if tag in _BREAKING and not self._hidden:
            self.words.append("\n")
