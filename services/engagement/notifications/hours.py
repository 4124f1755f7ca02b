"""When somebody may be told: quiet hours and digests by local time. Plain rules."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.contracts.vocabulary import DigestEvery

MINUTES_A_DAY = 24 * 60
DIGEST_AT = 8 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When a member is told. Minutes are those of the local day; quiet hours may go over midnight."""

    time_zone: str = "UTC"
    quiet_from: int | None = None
    quiet_until: int | None = None
    digest: DigestEvery = DigestEvery.DAY
    digest_at: int = DIGEST_AT


@lru_cache(maxsize=1000)
def find_zone(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name; None where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def next_loud(hours: Hours, *, now: datetime) -> datetime:
    """Now, or the end of the quiet hours that now lies in."""
    if hours.quiet_from is None or hours.quiet_until is None or hours.quiet_from == hours.quiet_until:
        return now
    local = _local(hours, now)
    since = (_minute(local) - hours.quiet_from) % MINUTES_A_DAY
    length = (hours.quiet_until - hours.quiet_from) % MINUTES_A_DAY
    return _next_at(local, hours.quiet_until) if since < length else now


def next_digest(hours: Hours, *, now: datetime) -> datetime:
    """When the next digest is due, after now: at the full hour, or at the member's time of day; never in quiet hours."""
    local = _local(hours, now)
    if hours.digest is DigestEvery.DAY:
        return next_loud(hours, now=_next_at(local, hours.digest_at))
    full_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return next_loud(hours, now=full_hour)


def _local(hours: Hours, now: datetime) -> datetime:
    return now.astimezone(find_zone(hours.time_zone) or UTC)


def _minute(local: datetime) -> int:
    return local.hour * 60 + local.minute


def _next_at(local: datetime, minute: int) -> datetime:
    """The next moment at which local clocks show that minute; where they skip it, the moment after the gap."""
    at = local.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0, fold=0)
    if at.astimezone(UTC) <= local.astimezone(UTC):
        at += timedelta(days=1)
    return at.astimezone(UTC)
