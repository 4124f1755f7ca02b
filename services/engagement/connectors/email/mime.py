"""Reads any bytes as a mail without ever giving up: broken headers, wrong charsets, odd nesting. Called by parse; pure.

Sources: RFC 5322, RFC 2045-2047, RFC 2231; the work is the standard library's, whose exceptions for broken mail are caught here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import UnstructuredHeader
from email.message import Message
from email.parser import BytesParser
from email.policy import EmailPolicy
from typing import Any

from services.engagement.connectors.email.stored import end_of_headers

# What the standard library raises for broken mail, beside what it says it would.
BROKEN = (ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError, MessageError)
_HEADER_LIMIT_CHARS = 4_000
_MOST_PARTS = 100
_MOST_DIVIDERS = 500
_NAME_LIMIT_CHARS = 200
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class _Tolerant(EmailPolicy):
    """The default policy, for headers of any size and in any encoding."""

    def header_fetch_parse(self, name: str, value: str) -> Any:  # noqa: ANN401 - the base class's own type
        """The header's value; as plain text where it breaks its own form."""
        text = _decoded(value)[:_HEADER_LIMIT_CHARS]
        try:
            return super().header_fetch_parse(name, text)
        except BROKEN:
            return _plain(text)


_POLICY = _Tolerant()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A leaf of the mail. `disposition` is "inline", "attachment" or ""; `size_bytes` is decoded."""

    content_type: str
    disposition: str
    name: str | None
    size_bytes: int
    message: Message


def read_message(raw: bytes) -> Message:
    """The mail; one that nests too much to be read is its headers."""
    end = end_of_headers(raw)
    headers_only = raw.count(b"boundary") > _MOST_PARTS or raw.count(b"\n--") > _MOST_DIVIDERS
    bounded = raw if raw[end : end + 1] in (b"", b"\r", b"\n") else raw[:end]
    try:
        return BytesParser(policy=_POLICY).parsebytes(bounded, headersonly=headers_only)  # type: ignore[arg-type,unused-ignore] # the stubs' policy makes other messages
    except BROKEN:
        return BytesParser(policy=_POLICY).parsebytes(raw[:end], headersonly=True)  # type: ignore[arg-type,unused-ignore] # as above


def header(message: Message, name: str) -> str:
    """A header's value in one line, "" where there is none."""
    try:
        value = message.get(name, "")
    except BROKEN:
        return ""
    return " ".join(storable(str(value)).split())[:_HEADER_LIMIT_CHARS]


def headers(message: Message, name: str) -> list[str]:
    """All values of a header that may occur several times, from the top."""
    try:
        return [" ".join(storable(str(value)).split()) for value in message.get_all(name, [])]
    except BROKEN:
        return []


def parts(message: Message) -> Iterator[Part]:
    """The leaves, in order; a mail inside the mail is one."""
    for number, part in enumerate(_leaves(message, depth=0)):
        if number >= _MOST_PARTS:
            return
        try:
            yield _part(part)
        except BROKEN:
            continue


def text_of_part(part: Part) -> str:
    """The text of a leaf, whatever its charset claims to be."""
    payload = _payload(part.message)
    try:
        charset = part.message.get_content_charset() or "utf-8"
    except BROKEN:
        charset = "utf-8"
    for each in (charset, "utf-8"):
        try:
            return storable(payload.decode(each))
        except (LookupError, ValueError):
            continue
    return storable(payload.decode("cp1252", "replace"))


def storable(text: str) -> str:
    """The text without what no database and no screen can hold."""
    return _UNSTORABLE.sub("\ufffd", text.replace("\x00", ""))


def _leaves(message: Message, *, depth: int) -> Iterator[Message]:
    children = message.get_payload() if message.is_multipart() else None
    whole = message.get_content_maintype() == "message"
    if not isinstance(children, list) or depth > _MOST_PARTS or whole:
        yield message
        return
    for child in children:
        if isinstance(child, Message):
            yield from _leaves(child, depth=depth + 1)


def _part(message: Message) -> Part:
    name = message.get_filename()
    return Part(
        content_type=storable(message.get_content_type()),
        disposition=storable(message.get_content_disposition() or ""),
        name=storable(" ".join(name.split()))[:_NAME_LIMIT_CHARS] if name else None,
        size_bytes=len(_payload(message)) or _said_size(message),
        message=message,
    )


def _said_size(message: Message) -> int:
    """What is said of the size of a file that did not come along (RFC 2183)."""
    told = str(message.get_param("size", "", header="content-disposition") or "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 13 else 0


def _payload(message: Message) -> bytes:
    try:
        if message.is_multipart():
            return b"".join(each.as_bytes() for each in message.get_payload() if isinstance(each, Message))
        payload = message.get_payload(decode=True)
    except BROKEN:
        return b""
    return payload if isinstance(payload, bytes) else b""


def _decoded(value: str) -> str:
    """Raw bytes in a header (against the standard, and common) as the text they were meant to be."""
    if value.isascii():
        return value
    raw = value.encode("utf-8", "surrogateescape") if not _lone(value) else value.encode("utf-8", "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _lone(value: str) -> bool:
    """Whether there are surrogates that stand for no byte."""
    return any("\ud800" <= character <= "\udfff" and not "\udc80" <= character <= "\udcff" for character in value)


def _plain(text: str) -> str:
    try:
        parsed: dict[str, Any] = {"defects": []}
        UnstructuredHeader.parse(text, parsed)
        return str(parsed["decoded"])
    except BROKEN:
        return text
