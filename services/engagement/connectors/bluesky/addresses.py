"""Addresses of records (at://repository/collection/key), times, and the record key that we choose for a reply. Pure.

Sources: https://atproto.com/specs/at-uri-scheme, /specs/tid, /specs/record-key.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

POST = "app.bsky.feed.post"
LIKE = "app.bsky.feed.like"
REPOST = "app.bsky.feed.repost"
FOLLOW = "app.bsky.graph.follow"
THREADGATE = "app.bsky.feed.threadgate"

LONGEST_KEY = 300
_SCHEME = "at://"
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_TID_CHARS = 13
_CLOCK_BITS = 10
_MICROSECOND_BITS = 53


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a record lies: whose repository, which collection, which key."""

    repo: str
    collection: str
    key: str

    @property
    def uri(self) -> str:
        """The address as it is written."""
        return f"{_SCHEME}{self.repo}/{self.collection}/{self.key}"


def read_address(uri: str | None) -> Address | None:
    """The parts of an address; None for what is none (documentation and tests have placeholders instead)."""
    if not uri or not uri.startswith(_SCHEME):
        return None
    parts = uri.removeprefix(_SCHEME).split("/")
    if len(parts) != 3 or not all(parts):
        return None
    return Address(repo=parts[0], collection=parts[1], key=parts[2])


def owner_of(uri: str | None) -> str | None:
    """The DID (or handle) in whose repository a record lies."""
    address = read_address(uri)
    return address.repo if address else None


def page_of(uri: str | None) -> str | None:
    """Where people look at a post."""
    address = read_address(uri)
    if address is None or address.collection != POST:
        return None
    return f"https://bsky.app/profile/{address.repo}/post/{address.key}"


def short_key(key: str) -> str:
    """`key`, or a hash of it where it is longer than a journal key should be."""
    return key if 0 < len(key) <= LONGEST_KEY else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def read_moment(text: str | None) -> datetime | None:
    """A time of the AT Protocol in UTC; one without a zone counts as UTC. None where it is none."""
    if not text or "-" not in text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def written(moment: datetime) -> str:
    """A time as records hold it: UTC, milliseconds, Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def record_key(reply_id: str) -> str:
    """The key of the record of a reply: always the same for one reply, and a TID, as posts want it.

    Our ids are UUIDv7, so its time is the reply's; any other id gives one by its hash.
    """
    digest = int.from_bytes(hashlib.sha256(reply_id.encode()).digest()[:8], "big")
    try:
        known = UUID(reply_id)
    except ValueError:
        known = None
    if known is not None and known.version == 7:
        milliseconds = known.int >> 80
        microseconds = milliseconds * 1000 + (digest >> _CLOCK_BITS) % 1000
    else:
        microseconds = digest >> _CLOCK_BITS
    number = (microseconds % 2**_MICROSECOND_BITS) << _CLOCK_BITS | digest % 2**_CLOCK_BITS
    return "".join(_SORTABLE[number >> 5 * place & 31] for place in reversed(range(_TID_CHARS)))
