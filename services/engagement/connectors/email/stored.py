"""A mail as it lies in the journal: its bytes behind one line of ours that says where it was found. Called by listening and parse; pure.

Source of the form of a mail: RFC 5322. Our line is always the first, so nothing that a sender writes is taken for it.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from services.contracts.vocabulary import Source
from services.engagement.protocol import RawItem

_MARK = b"X-Rapport-ImapConnection: "
_LINE = re.compile(rb"^X-Rapport-ImapConnection: folder=(inbox|sent); source=(live|backfill); at=(\d{0,12}); size=(\d{0,12})\r\n")
_MESSAGE_ID = re.compile(rb"^message-id[ \t]*:[ \t]*(?:\r?\n[ \t]+)?<?([^<>\s]{1,250})>?[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_HEADER_LIMIT_BYTES = 262_144
LATEST_SECONDS = 253_402_300_799


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMail:
    """One mail. `sent`: it lay in the folder of sent mail. `size_bytes` is its whole size where `raw` was cut short."""

    raw: bytes
    sent: bool = False
    source: Source = Source.LIVE
    arrived_at: datetime | None = None
    size_bytes: int | None = None

    @property
    def is_cut(self) -> bool:
        """Whether its end is missing."""
        return self.size_bytes is not None and self.size_bytes > len(self.raw)


def item_of(stored: StoredMail) -> RawItem:
    """The mail as a journal item; a repetition of it has the same key."""
    folder = "sent" if stored.sent else "inbox"
    at = "" if stored.arrived_at is None else str(int(stored.arrived_at.timestamp()))
    size = "" if stored.size_bytes is None else str(stored.size_bytes)
    line = _MARK + f"folder={folder}; source={stored.source.value}; at={at}; size={size}\r\n".encode()
    return RawItem(key=f"{folder}:{name_of(stored.raw)}", body=line + stored.raw)


def read_stored(body: bytes) -> StoredMail:
    """The mail of a journal item; bytes without our line are a mail that somebody handed in."""
    found = _LINE.match(body)
    if found is None:
        return StoredMail(raw=body)
    folder, source, at, size = found.groups()
    seconds = int(at) if at else 0
    return StoredMail(
        raw=body[found.end() :],
        sent=folder == b"sent",
        source=Source(source.decode()),
        arrived_at=datetime.fromtimestamp(seconds, tz=UTC) if 0 < seconds <= LATEST_SECONDS else None,
        size_bytes=int(size) if size else None,
    )


def name_of(raw: bytes) -> str:
    """The Message-ID, without its brackets; a hash of the mail where it has none that can be read."""
    found = _MESSAGE_ID.search(raw, 0, end_of_headers(raw))
    if found is not None:
        name = found.group(1).decode("utf-8", "replace").replace("\x00", "")
        if name.isprintable():
            return name
    return f"sha256-{hashlib.sha256(raw).hexdigest()}"


def end_of_headers(raw: bytes) -> int:
    """Where the headers end, at most 256 KiB into the mail."""
    ends = [place for place in (raw.find(b"\n\r\n", 0, _HEADER_LIMIT_BYTES), raw.find(b"\n\n", 0, _HEADER_LIMIT_BYTES)) if place >= 0]
    return min(ends) + 1 if ends else min(len(raw), _HEADER_LIMIT_BYTES)
