"""Declared rate limits as token buckets. Called by whoever claims work for a platform; pure.

A bucket of `burst` tokens that gets one back each `interval_seconds` never lets more than the declared count through in any span
of the declared length: burst + the tokens that come back meanwhile = count.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from services.engagement.protocol import RateLimit

# A fifth of what is allowed may go at once; the rest is spread over the span.
BURST_SHARE = 5
# What the database counts time in: intervals are whole ones, so that sums of them are exact.
MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Pace:
    """A bucket: how many at once, and how long one token takes to come back."""

    burst: int
    interval_seconds: float


def pace_of(limit: RateLimit) -> Pace:
    """The bucket that keeps a declared limit."""
    burst = max(1, limit.count // BURST_SHARE)
    return Pace(burst, math.ceil(limit.seconds / (limit.count - burst + 1) * MICROSECONDS) / MICROSECONDS)


def paces(limits: Sequence[RateLimit], *, per: str) -> Pace | None:
    """The bucket of a channel, or of each of its conversations; of several limits the one that lets the least through."""
    found = [pace_of(limit) for limit in limits if limit.per == per]
    return max(found, key=lambda pace: (pace.interval_seconds, -pace.burst)) if found else None
