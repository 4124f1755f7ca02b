"""A time of day by which the writer wants an answer. Called by analysis; knows the six languages' words for "by"."""

import re
from datetime import datetime, timedelta

_CLOCK = re.compile(
    r"\b(?:before|by|until|at|deadline:?|antes de las?|hasta las?|a las|avant|d ici|a|bis|um|vor"
    r"|entro le|alle|prima delle|ate as|antes das|as)\s+"
    r"(?P<hour>[01]?\d|2[0-3])(?:\s*(?:[:.h])\s*(?P<minute>[0-5]\d))?\s*(?P<half>[ap]\.?m)?(?P<mark>\s*(?:uhr|h\b|hrs))?"
)
_TOMORROW = re.compile(r"\b(?:tomorrow|manana|demain|morgen|domani|amanha)\b")


def find_deadline(folded: str, *, said_at: datetime | None) -> datetime | None:
    """The next such hour after `said_at`, in its zone; None where no hour is named or the moment of speaking is unknown."""
    named = find_hour(folded)
    if named is None or said_at is None:
        return None
    due = said_at.replace(hour=named[0], minute=named[1], second=0, microsecond=0)
    late = due <= said_at or bool(_TOMORROW.search(folded))
    return _next_day(due) if late else due


def find_hour(folded: str) -> tuple[int, int] | None:
    """The first hour and minute (0 to 23, 0 to 59) that a folded text sets as a limit."""
    for found in _CLOCK.finditer(folded):
        hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"]
        if not (half or found["minute"] or found["mark"]) and "le " not in found.group() and "as " not in found.group():
            continue  # a bare number is a quantity more often than an hour
        if half and hour <= 12:
            hour = hour % 12 + (12 if half.startswith("p") else 0)
        return hour, minute
    return None


def _next_day(due: datetime) -> datetime | None:
    try:
        return due + timedelta(days=1)
    except OverflowError:
        return None
