"""How fast one may come: token buckets, per visitor (kept in their row, for all processes), per address and sender (in this process).

Pure but for memory.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address

from services.kit.errors import RateLimitedError

NAMES_KEPT = 20_000
_IPV6_NETWORK_BITS = 64


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `burst` at once, and `per_second` on average."""

    burst: float
    per_second: float

    def left(self, before: float, *, seconds: float) -> float:
        """What a bucket that held `before` holds after so many seconds."""
        return min(self.burst, before + max(0.0, seconds) * self.per_second)

    def take(self, before: float, *, seconds: float) -> float:
        """What is left after one more. Raises RateLimitedError with when there will be one."""
        held = self.left(before, seconds=seconds)
        if held < 1:
            raise RateLimitedError("Too fast: wait a moment.", retry_after_seconds=(1 - held) / self.per_second)
        return held - 1


def seconds_between(before: datetime, now: datetime) -> float:
    """How long ago; never negative, whatever the clocks say."""
    return max(0.0, (now - before).total_seconds())


class Buckets:
    """One bucket per name. Forgets those that did not come for longest; `time` gives seconds that never go back."""

    def __init__(self, rate: Rate, *, time: Callable[[], float]) -> None:
        self._rate = rate
        self._time = time
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> None:
        """Count one request. Raises RateLimitedError."""
        now = self._time()
        before, at = self._held.pop(name, (self._rate.burst, now))
        self._held[name] = (before, at)
        self._held[name] = (self._rate.take(before, seconds=now - at), now)
        if len(self._held) > NAMES_KEPT:
            self._held.popitem(last=False)


class Addresses(Buckets):
    """One bucket per network address."""

    def take(self, name: str) -> None:
        """Count one request of an address. Raises RateLimitedError."""
        super().take(network_of(name))


def network_of(address: str) -> str:
    """What counts as one sender: an IPv4 address, or the 64 bits of IPv6 that one customer is given."""
    try:
        parsed = ip_address(address.strip())
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{int(parsed) >> _IPV6_NETWORK_BITS:x}"
    return str(parsed)
