"""The one clock port: every timer, due time and signature check asks it. Never read datetime.now() elsewhere."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time; aware and in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment by the machine."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until told to move; for tests and sandbox workspaces."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The moment it was last set to."""
        return self._at

    def advance(self, span: timedelta) -> None:
        """Move forward by `span`."""
        self._at += span
