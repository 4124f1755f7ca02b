"""Times as callers give them: with an offset, and far enough from the calendar's ends to be reckoned with. Used by every request model.

Year 1 and year 9999 are refused: there, a change of offset or a day more leaves the calendar.
"""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

FIRST_YEAR = 2
LAST_YEAR = 9998


def within_calendar(value: datetime) -> datetime:
    """The same time. Raises ValueError, which says what to give instead."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        message = f"a time lies between the years {FIRST_YEAR} and {LAST_YEAR}"
        raise ValueError(message)
    return value


Moment = Annotated[AwareDatetime, AfterValidator(within_calendar)]
"""With its offset."""

LooseMoment = Annotated[datetime, AfterValidator(within_calendar)]
"""With or without an offset."""
