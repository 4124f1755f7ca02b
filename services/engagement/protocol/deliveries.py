"""What comes in: requests, secrets, journal items, deliveries and what parsing makes of them. Plain data, no I/O.

The webhook route builds `Request` and `Secrets`; the inbound worker builds `Delivery`; every connector reads them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.contracts.interaction import NeutralEvent


@dataclass(slots=True, kw_only=True)  # Not frozen: that triples the cost of making one, and one is made for every delivery.
class Request:
    """One HTTP request of a platform. `url` is the full public address with its query, as the platform called it.

    Header names are lower case; a header or query name that occurs several times keeps all values in order.
    """

    method: str = "POST"
    path: str = "/"
    url: str = ""
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header, or None. `name` in lower case."""
        values = self.headers.get(name)
        return values[0] if values else None

    def argument(self, name: str) -> str | None:
        """The first value of a query parameter, or None."""
        return next(iter(self.query.get(name, ())), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What proves a request: the signing secret in use, the one before it while it is rotated, and the channel's other fields.

    `config` holds what a handshake needs besides (Meta's verify token, Google's expected audience); `keys` the public keys
    that a connector with `FetchesKeys` asked for.
    """

    current: str
    previous: str | None = None
    config: Mapping[str, str] = field(default_factory=dict, repr=False)
    keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def candidates(self) -> tuple[str, ...]:
        """The secrets that count now. Empty ones never do, so that a channel without a secret refuses everything."""
        return tuple(filter(None, (self.current, self.previous)))

    def __repr__(self) -> str:
        """Never show a secret, whoever logs this."""
        return "Secrets(...)"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeAnswer:
    """What the route answers at once. `keep` goes into the journal before, where the platform says something along."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    keep: "RawItem | None" = None


@dataclass(slots=True, kw_only=True)  # Not frozen, as Request.
class RawItem:
    """One event of a delivery, exactly as it came: one row of the journal.

    `key` is the platform's id of the event, or a hash of its meaningful part; unique in the channel and the same in every
    redelivery. `account` names the account it is for where one address serves many (a page, a team): None is the channel of the address.
    `sequence` is the platform's own number of the event where it counts them without gaps, 0 to 2**63 - 1.
    """

    key: str
    body: bytes
    account: str | None = None
    sequence: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFacts:
    """What a connector may know of a channel while it parses: `account` is the platform's id of our account ("" if unknown).

    `id` is the channel's own, for platforms whose people are known to that channel only.
    """

    platform: str
    account: str = ""
    id: str = ""
    config: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One journal row on its way to becoming neutral events. `received_at` is aware; header names are lower case."""

    channel: ChannelFacts
    key: str
    body: bytes
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """Exactly one of three: events; `ignored`: understood and nothing to keep; `unknown`: not understood, kept and counted.

    `look` says that it names something without its words: whoever listens to the channel asks the platform now, not at the next poll.
    """

    events: tuple[NeutralEvent, ...] = ()
    ignored: str | None = None
    unknown: str | None = None
    lease: timedelta | None = None
    """Beside `ignored`: how long from now the platform delivers (see `Subscribes`); nothing left where it says that it does not."""
    look: bool = False


class MalformedDeliveryError(Exception):
    """The body is nothing that the platform could have sent (no JSON, no form): 400, and nothing is stored."""


class SignatureRefusedError(Exception):
    """The request does not prove its sender. `status` is what this platform wants to hear; nothing is stored.

    A `status` below 300 means: answer politely and ignore. `refetch_keys` asks for fresh public keys and one more try.
    """

    def __init__(self, reason: str, *, status: int = 401, refetch_keys: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.refetch_keys = refetch_keys
