"""Parts of a mail, told one by one, as the bytes of a mail: then everything reads it as it reads any other. Called by handed_in; pure.

Source of the form: RFC 5322, RFC 2045, RFC 2183 (`size` of what is named without coming along).
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_CONTENT = ("content-", "mime-version")
_HEADER_LIMIT_CHARS = 10_000
_LINE_CHARS = 76


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """A file of a mail; `content` is empty where only its name came along."""

    name: str
    content_type: str
    content: bytes = b""
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of a mail. Headers as they stood in it; those that speak of its own form are left out."""

    headers: tuple[tuple[str, str], ...]
    text: str | None = None
    html: str | None = None
    files: tuple[Enclosed, ...] = ()


def mail_of(told: Told) -> bytes:
    """The mail: words in both forms, then the files."""
    words = [_part(f"text/{kind}; charset=utf-8", each.encode()) for kind, each in (("plain", told.text), ("html", told.html)) if each]
    files = [_file(each) for each in told.files]
    boundary = f"rapport-{hashlib.sha256(b''.join([*words, *files])).hexdigest()[:40]}"
    inner = _several("alternative", words, boundary=f"{boundary}-words")
    head = "".join(f"{name}: {value}\r\n" for name, value in _headers(told.headers))
    return head.encode() + b"MIME-Version: 1.0\r\n" + _several("mixed", [inner, *files], boundary=boundary)


def _headers(given: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in given:
        plain = "".join(letter for letter in name if letter.isascii() and letter.isprintable() and letter not in ": ")
        if plain and not plain.lower().startswith(_CONTENT):
            yield plain, " ".join(value.replace("\x00", "").split())[:_HEADER_LIMIT_CHARS].encode("utf-8", "replace").decode()


def _several(kind: str, parts: list[bytes], *, boundary: str) -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    divider = f"--{boundary}\r\n".encode()
    return head + b"".join(divider + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()


def _file(file: Enclosed) -> bytes:
    name = "".join(letter for letter in file.name if letter.isprintable() and letter not in '"\\')[:200]
    size = f"; size={file.size_bytes}" if file.size_bytes is not None and not file.content else ""
    kind = file.content_type if "/" in file.content_type and file.content_type.isascii() else "application/octet-stream"
    kind = "".join(letter for letter in kind if letter.isprintable())[:200]
    return _part(kind, file.content, disposition=f'attachment; filename="{name or "file"}"{size}')


def _part(content_type: str, content: bytes, *, disposition: str = "") -> bytes:
    head = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n"
    if disposition:
        head += f"Content-Disposition: {disposition}\r\n"
    coded = base64.b64encode(content)
    lines = [coded[place : place + _LINE_CHARS] for place in range(0, len(coded), _LINE_CHARS)]
    return head.encode("utf-8", "replace") + b"\r\n" + b"\r\n".join(lines)
