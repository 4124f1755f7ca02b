"""The bytes of a feed as text, whatever they claim to be. Called by documents; pure.

Sources: RFC 7303 (XML media types), XML 1.0 appendix F, and what feeds do: many declare an encoding that they do not have.
"""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNMARKED = ((b"<\x00", "utf-16-le"), (b"{\x00", "utf-16-le"), (b"\x00<", "utf-16-be"), (b"\x00{", "utf-16-be"))
# `<?xm` on mainframes; the declaration, read as the commonest of their alphabets, names the one that it is.
_EBCDIC = b"\x4c\x6f\xa7\x94"
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([A-Za-z0-9._:-]{1,40})[\"']", re.IGNORECASE)
_IN_TYPE = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
# What the web calls by these names is Windows' extension of it (WHATWG Encoding, section 4.2).
_MEANT = {"iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}
_HEAD_BYTES = 1024
_ESCAPE = b"\x1b"
# Neither XML nor the database takes these.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def decoded(body: bytes, *, content_type: str = "") -> str:
    """The text, without byte-order mark and control characters; bytes that fit no encoding become replacement characters."""
    return _CONTROL.sub("", _text(body, content_type=content_type)).lstrip("\ufeff")


def _text(body: bytes, *, content_type: str) -> str:
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, "replace")
    start = body.lstrip()[:2]
    for begin, name in _UNMARKED:
        if start == begin:
            return body.decode(name, "replace")
    if body.startswith(_EBCDIC):
        declared = _DECLARED.search(body[:_HEAD_BYTES].decode("cp037").encode())
        return (_tried(body, declared.group(1).decode()) if declared else None) or body.decode("cp037")
    claimed = [*_DECLARED.findall(body[:_HEAD_BYTES])[:1], *(each.encode() for each in _IN_TYPE.findall(content_type)[:1])]
    names = [_MEANT.get(name.decode("ascii").lower(), name.decode("ascii")) for name in claimed]
    # Text of another encoding is hardly ever valid UTF-8 by chance; what escapes into other alphabets (ISO-2022) looks like ASCII.
    order = [*names, "utf-8"] if _ESCAPE in body else ["utf-8", *names]
    for name in order:
        text = _tried(body, name)
        if text is not None:
            return text
    return body.decode("cp1252", "replace")


def _tried(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name) if codecs.lookup(name)._is_text_encoding else None  # noqa: SLF001 - keeps "zlib" and the like away
    except (LookupError, UnicodeError, ValueError):
        return None
