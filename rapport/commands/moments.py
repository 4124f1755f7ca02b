"""Moments as people write them on the command line: a span before now, or a time with its offset. Called by commands."""

import re
from datetime import datetime, timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def read_since(given: str, *, now: datetime) -> datetime | None:
    """The moment meant, or None where it is neither a span nor a time with its offset."""
    span = re.fullmatch(r"(\d{1,6})([smhd])", given.strip())
    if span:
        return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        moment = datetime.fromisoformat(given.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else None
