"""What a file is, by its first bytes. Pure; called by whoever takes a file in.

Never trusts a name or a declared type, never decodes a picture, never opens an archive. Sources: the formats' specifications.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

HEAD_BYTES = 64 * 1024
PIXELS_LIMIT = 50_000_000
UNKNOWN = "application/octet-stream"
# Shown in place by browsers, and without scripts of their own. Everything else is handed out as a download.
PASSIVE = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "video/mp4",
        "video/webm",
        "text/plain",
    }
)


@dataclass(frozen=True, slots=True)
class Sniffed:
    """The type, and for pictures their size in pixels as their header tells it (None where it tells none)."""

    type: str
    width: int | None = None
    height: int | None = None

    def is_bomb(self) -> bool:
        """Whether a picture would fill the memory of whoever shows it: too many pixels, or none told."""
        if not self.type.startswith("image/"):
            return False
        return self.width is None or self.height is None or not 0 < self.width * self.height <= PIXELS_LIMIT


def sniff(head: bytes) -> Sniffed:
    """What a file that begins with `head` (64 KiB, or all of a shorter one) is."""
    for signature, type_, measure in _SIGNATURES:
        if head.startswith(signature):
            return _measured(type_, head, measure)
    if head[:4] == b"RIFF":
        return _riff(head)
    if head[4:8] == b"ftyp":
        return Sniffed("video/mp4")
    return Sniffed("text/plain" if _is_text(head) else UNKNOWN)


def _measured(type_: str, head: bytes, measure: "Callable[[bytes], tuple[int, int] | None] | None") -> Sniffed:
    if measure is None:
        return Sniffed(type_)
    try:
        size = measure(head)
    except (struct.error, IndexError):
        size = None
    return Sniffed(type_) if size is None else Sniffed(type_, *size)


def _png(head: bytes) -> tuple[int, int] | None:
    return struct.unpack(">II", head[16:24]) if head[12:16] == b"IHDR" else None


def _gif(head: bytes) -> tuple[int, int] | None:
    width, height = struct.unpack("<HH", head[6:10])
    return width, height


def _jpeg(head: bytes) -> tuple[int, int] | None:
    """Walks the segments to the frame header (ITU T.81, annex B)."""
    place = 2
    while place + 9 <= len(head) and head[place] == 0xFF:
        marker = head[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", head[place + 5 : place + 9])
            return width, height
        place += 2 + struct.unpack(">H", head[place + 2 : place + 4])[0]
    return None


def _riff(head: bytes) -> Sniffed:
    if head[8:12] == b"WAVE":
        return Sniffed("audio/wav")
    return _measured("image/webp", head, _webp) if head[8:12] == b"WEBP" else Sniffed(UNKNOWN)


def _webp(head: bytes) -> tuple[int, int] | None:
    """The three kinds of first chunks (RFC 9649)."""
    match head[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            width, height = struct.unpack("<HH", head[26:30])
            return width & 0x3FFF, height & 0x3FFF
    return None


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters, and without the tags that make a browser run something."""
    try:
        text = head[:HEAD_BYTES].decode()
    except UnicodeDecodeError as error:
        # The head of a longer file may end amid a letter.
        if len(head) < HEAD_BYTES or error.start < HEAD_BYTES - 3:
            return False
        text = head[: error.start].decode()
    lowered = text.lower()
    return bool(text) and not any(ord(sign) < 32 and sign not in "\t\n\r\f" for sign in text) and not any(tag in lowered for tag in _TAGS)


_TAGS = ("<html", "<script", "<svg", "<!doctype", "<?xml", "<body", "<iframe")
_SIGNATURES: tuple[tuple[bytes, str, Callable[[bytes], tuple[int, int] | None] | None], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png", _png),
    (b"\xff\xd8\xff", "image/jpeg", _jpeg),
    (b"GIF87a", "image/gif", _gif),
    (b"GIF89a", "image/gif", _gif),
    (b"%PDF-", "application/pdf", None),
    (b"PK\x03\x04", "application/zip", None),
    (b"\x1f\x8b", "application/gzip", None),
    (b"OggS", "audio/ogg", None),
    (b"ID3", "audio/mpeg", None),
    (b"\xff\xfb", "audio/mpeg", None),
    (b"\xff\xf3", "audio/mpeg", None),
    (b"\x1aE\xdf\xa3", "video/webm", None),
)
