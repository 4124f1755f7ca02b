"""What kind of file it is, by its bytes: encoding, form, and the delimiter of a CSV file. Called by uploading; pure.

A file is kept in UTF-8, or, where it is not that, as it came and read as Windows-1252, of which Latin-1 is a part.
"""

import codecs
import csv
from collections.abc import Iterator

UTF_8 = "utf-8"
WESTERN = "cp1252"
DELIMITERS = ",;\t|"
_NAMED = ((codecs.BOM_UTF8, UTF_8), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_ENOUGH = 4


class Recoder:
    """Turns a file into what is kept of it, piece by piece. `encoding` is known when all of it has passed."""

    def __init__(self) -> None:
        self._begun = False
        self._head = b""
        self._wide: codecs.IncrementalDecoder | None = None
        self._check = codecs.getincrementaldecoder(UTF_8)()
        self.encoding = UTF_8

    def feed(self, chunk: bytes, *, last: bool = False) -> bytes:
        """The bytes to keep, without a mark of the order of bytes."""
        if not self._begun:
            self._head += chunk
            if len(self._head) < _ENOUGH and not last:
                return b""
            chunk, self._begun = self._begin(self._head), True
        if self._wide is not None:
            return self._wide.decode(chunk, last).encode(UTF_8, "replace")
        if self.encoding == UTF_8:
            try:
                self._check.decode(chunk, last)
            except UnicodeDecodeError:
                self.encoding = WESTERN
        return chunk

    def _begin(self, head: bytes) -> bytes:
        for mark, name in _NAMED:
            if head.startswith(mark):
                self._widen(name)
                return head[len(mark) :]
        if len(head) >= _ENOUGH and head[0] and head[2] and not head[1] and not head[3]:
            self._widen("utf-16-le")
        elif len(head) >= _ENOUGH and head[1] and head[3] and not head[0] and not head[2]:
            self._widen("utf-16-be")
        return head

    def _widen(self, name: str) -> None:
        if name != UTF_8:
            self._wide = codecs.getincrementaldecoder(name)("replace")


def text_of(body: bytes, *, encoding: str) -> str:
    """The text of some bytes of a kept file; what has no meaning there becomes a replacement character."""
    return body.decode(encoding, "replace").replace("\x00", "")


def is_json(head: bytes) -> bool:
    """Whether a file of this beginning has a JSON object a line."""
    return head.lstrip()[:1] == b"{"


def delimiter_of(line: str) -> str:
    """What separates the fields of a CSV file, by its first line: whatever occurs most outside quotation marks; else a comma."""
    outside = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=lambda sign: (outside.count(sign), -DELIMITERS.index(sign)))


def fields_of(text: str, *, delimiter: str) -> list[str]:
    """The fields of one CSV record. Raises csv.Error for one that cannot be read."""
    rows: Iterator[list[str]] = csv.reader([text], delimiter=delimiter)
    return next(rows, [])
