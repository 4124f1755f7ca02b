"""Dates as feeds write them. Called by the readers of entries; pure.

Sources: RFC 5322 section 3.3, RFC 3339, W3C's NOTE-datetime, and the forms that content systems invent.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

_ISO = re.compile(
    r"(?P<year>\d{4})(?:-?(?P<month>\d\d)(?:-?(?P<day>\d\d))?)?"
    r"(?:[T\s]\s*(?P<hour>\d\d?):?(?P<minute>\d\d)(?::?(?P<second>\d\d?)(?:[.,]\d+)?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.IGNORECASE,
)
_INVENTED = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d", "%d.%m.%Y %H:%M", "%d.%m.%Y")
_LONGEST_CHARS = 80
# Before feeds there was none: what says so means that it does not know.
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)


def read_date(text: str | None) -> datetime | None:
    """An aware UTC time, or None. A time without zone counts as UTC, a day as its beginning."""
    value = " ".join((text or "").split())[:_LONGEST_CHARS]
    if not value:
        return None
    try:
        found = _iso(value) or _mail(value) or _invented(value)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return found if found is not None and found >= _EARLIEST else None


def _iso(value: str) -> datetime | None:
    found = _ISO.fullmatch(value)
    if found is None:
        return None
    part = {name: int(number) for name, number in found.groupdict().items() if number and name != "zone"}
    whole = datetime(
        part["year"],
        part.get("month", 1),
        part.get("day", 1),
        part.get("hour", 0) % 24,
        part.get("minute", 0),
        min(part.get("second", 0), 59),
        tzinfo=_zone(found["zone"]),
    )
    return whole.astimezone(UTC)


def _zone(name: str | None) -> timezone:
    if not name or name.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    digits = name[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if name.startswith("-") else offset)


def _mail(value: str) -> datetime | None:
    parts = parsedate_tz(value) or parsedate_tz(value.partition(",")[2].strip())
    if parts is None:
        return None
    year, month, day, hour, minute, second = parts[:6]
    naive = datetime(year, month, day, hour % 24, minute, min(second, 59), tzinfo=UTC)
    return naive - timedelta(seconds=parts[9] or 0)


def _invented(value: str) -> datetime | None:
    for form in _INVENTED:
        try:
            return datetime.strptime(value, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
