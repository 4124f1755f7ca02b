"""A file is what its bytes say, and a picture too large to show is known by its header alone."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.engagement.media.sniffing import HEAD_BYTES, PASSIVE, Sniffed, sniff


def png(width: int, height: int) -> bytes:
    """The beginning of a picture of so many pixels; 100,000 x 100,000 takes as few bytes as any."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


def jpeg(width: int, height: int) -> bytes:
    comment = b"\xff\xfe" + struct.pack(">H", 2000) + b"c" * 1998
    return b"\xff\xd8" + comment + b"\xff\xc0" + struct.pack(">HBHH", 17, 8, height, width)


FILES = {
    "png": (png(640, 480), Sniffed("image/png", 640, 480)),
    "jpeg": (jpeg(640, 480), Sniffed("image/jpeg", 640, 480)),
    "gif": (b"GIF89a" + struct.pack("<HH", 640, 480), Sniffed("image/gif", 640, 480)),
    "webp": (b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(8) + b"\x7f\x02\x00\xdf\x01\x00", Sniffed("image/webp", 640, 480)),
    "pdf": (b"%PDF-1.7", Sniffed("application/pdf")),
    "archive": (b"PK\x03\x04", Sniffed("application/zip")),
    "mp4": (b"\x00\x00\x00\x18ftypmp42", Sniffed("video/mp4")),
    "wav": (b"RIFF\x00\x00\x00\x00WAVEfmt ", Sniffed("audio/wav")),
    "text": ("Grüße\n".encode(), Sniffed("text/plain")),
    "text cut amid a letter": (("a" * (HEAD_BYTES - 1) + "ü").encode()[:HEAD_BYTES], Sniffed("text/plain")),
    "page": (b"<!doctype html><p>", Sniffed("application/octet-stream")),
    "page that calls itself text": (b"hello <ScRipt>alert(1)</script>", Sniffed("application/octet-stream")),
    "drawing with scripts": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', Sniffed("application/octet-stream")),
    "program": (b"MZ\x90\x00\x03", Sniffed("application/octet-stream")),
    "nothing known": (b"\x00\x01\x02", Sniffed("application/octet-stream")),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_is_what_its_bytes_say(case: str) -> None:
    head, expected = FILES[case]
    assert sniff(head) == expected


@pytest.mark.parametrize(
    ("head", "bomb"),
    [(png(640, 480), False), (png(100_000, 100_000), True), (png(0, 5), True), (jpeg(60_000, 60_000), True), (b"\xff\xd8\xff", True)],
)
def test_pictures_that_nobody_can_show_are_known_by_their_header(head: bytes, bomb: bool) -> None:
    assert sniff(head).is_bomb() is bomb


@given(st.binary(max_size=200), st.sampled_from([head for head, _ in FILES.values()]))
def test_no_bytes_make_it_fail_and_nothing_active_is_shown_in_place(tail: bytes, head: bytes) -> None:
    for made in (tail, head + tail, head[: len(head) // 2] + tail):
        found = sniff(made)
        if b"<script" in made.lower() and found.type in PASSIVE:
            assert found.type != "text/plain"
