"""How long a platform wants us to wait. Called by connectors when they read a 429; pure."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT_SECONDS = 86_400.0


def retry_after_seconds(headers: Mapping[str, str], *, now: datetime | None, otherwise: float) -> float:
    """Retry-After as seconds or as a date (RFC 9110, section 10.2.3), at most a day; `otherwise` where it says neither."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_WAIT_SECONDS)
    if not value or now is None:
        return otherwise
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return otherwise
    if until.tzinfo is None:
        return otherwise
    return min(max(0.0, (until - now).total_seconds()), LONGEST_WAIT_SECONDS)
