"""A channel's hours: the calendar by which it is open, and what is said while it is closed. Plain data; set by REST, asked by notices."""

from dataclasses import dataclass

from services.kit.calendars import Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours(Calendar):
    """`notice` is said outside them, `holiday_notice` on holidays (or `notice`)."""

    notice: str = ""
    holiday_notice: str = ""
