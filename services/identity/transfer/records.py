"""Splits the bytes of a file into records, a piece at a time, and says where each ends. Called by jobs and uploading; pure.

Positions are bytes from the beginning of the file, so that whoever goes on after a crash begins at the next record.
"""

from collections.abc import Iterator
from dataclasses import dataclass

RECORD_LIMIT_BYTES = 256 * 1024
QUOTED_LINES = 100
"""A quoted field has at most so many lines: behind more than that, its quotation mark is taken for one that was never closed."""

TOO_LONG = f"The row is longer than {RECORD_LIMIT_BYTES // 1024} KiB."
NEVER_CLOSED = "A quotation mark is opened in this line and never closed."


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it lies in the file: its first line, counted from 1, its bytes, and the place and line after it.

    `refused` says why its bytes cannot be read.
    """

    line: int
    body: bytes
    end: int
    next_line: int
    refused: str = ""


class Splitter:
    """Takes pieces, gives records. `delimiter` is that of a CSV file, whose quoted fields may hold line ends; None for lines."""

    def __init__(self, *, delimiter: str | None, position: int, line: int) -> None:
        self._opening = None if delimiter is None else delimiter.encode() + b'"'
        self._position = position
        self._line = line
        self._held = b""
        self._start = 0
        self._skipped = 0
        self._known: dict[tuple[int, bool], tuple[int | None, bool]] = {}

    def feed(self, piece: bytes, *, last: bool) -> Iterator[Record]:
        """The records that are whole with this piece; blank lines are none."""
        self._held, self._start = self._held[self._start :] + piece, 0
        self._known.clear()
        while (record := self._next(last=last)) is not None:
            if record.refused or record.body.strip(b" \r\n"):
                yield record

    def _next(self, *, last: bool) -> Record | None:
        end, refused, is_open = self._line_end(self._start), "", False
        if self._may_be_open(len(self._held) if end is None else end):
            end, refused, is_open = self._quoted_end()
        if end is not None:
            return self._taken(end, refused=refused)
        size = len(self._held) - self._start
        if not last and size <= RECORD_LIMIT_BYTES:
            return None
        if is_open:
            return self._taken(self._line_end(self._start) or len(self._held), refused=NEVER_CLOSED)
        if last:
            return self._taken(len(self._held)) if size or self._skipped else None
        # A line that is too long is let go of as it comes, and told of when it ends.
        self._skipped, self._start = self._skipped + size, len(self._held)
        return None

    def _may_be_open(self, end: int) -> bool:
        return self._opening is not None and not self._skipped and self._held.find(b'"', self._start, end) >= 0

    def _quoted_end(self) -> tuple[int | None, str, bool]:
        """Where the record ends whose first line has quotation marks, None where it is not known yet, and whether one is still open."""
        start, is_open = self._start, False
        for _ in range(QUOTED_LINES):
            end, is_open = self._line_read(start, is_open=is_open)
            if end is None or not is_open:
                return end, "", is_open
            start = end
        return self._line_end(self._start), NEVER_CLOSED, True

    def _line_read(self, start: int, *, is_open: bool) -> tuple[int | None, bool]:
        """Where the line ends, and whether a quotation is open behind it.

        Read once in either state: every line that opens a quotation asks for up to a hundred behind it, as does each of those.
        """
        known = self._known.get((start, is_open))
        if known is None:
            end = self._line_end(start)
            known = end, self._opens(start, len(self._held) if end is None else end, is_open=is_open)
            self._known[start, is_open] = known
        return known

    def _line_end(self, start: int) -> int | None:
        found = self._held.find(b"\n", start)
        return None if found < 0 else found + 1

    def _opens(self, start: int, end: int, *, is_open: bool) -> bool:
        """Whether a quotation is open behind this part: it opens at the beginning of a field only, and a doubled mark is one inside."""
        held, opening, place = self._held, self._opening or b'"', start
        if not is_open and held.startswith(b'"', start, end):
            is_open, place = True, start + 1
        while True:
            if not is_open:
                found = held.find(opening, place, end)
                if found < 0:
                    return False
                is_open, place = True, found + len(opening)
            found = held.find(b'"', place, end)
            if found < 0:
                return True
            is_open = held.startswith(b'"', found + 1, end)
            place = found + 1 + is_open

    def _taken(self, end: int, *, refused: str = "") -> Record:
        body, size = self._held[self._start : end], end - self._start
        first, self._line = self._line, self._line + body.count(b"\n")
        self._position += self._skipped + size
        if self._skipped or size > RECORD_LIMIT_BYTES:
            body, refused = b"", refused or TOO_LONG
        self._start, self._skipped = end, 0
        return Record(first, body, self._position, self._line, refused)
