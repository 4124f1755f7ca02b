"""What operators see of deliveries and events: journal rows, dead letters, reconciliation. Plain data; as `views`.

A dead letter's `service` is whose consumer failed; the gateway fills it in.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.ids import ChannelId


@dataclass(frozen=True, slots=True, kw_only=True)
class GapView:
    """Numbers of a platform's events that did not come, first to last; `filled_at` once they are all there."""

    first: int
    last: int
    noticed_at: datetime
    filled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationView:
    """How a channel's journal compares with its platform. `possible`: the platform can be asked; `found`: what only that brought.

    `due_at` None: it is not known here yet, or cannot be asked. `gaps` are the newest 20. `lacking` interactions wait for what their
    deliveries did not say, of `untold` ones the platform never said it (both at most 1,000); `untold_reasons`: why, of the newest 20.
    """

    possible: bool
    reconciled_until: datetime | None
    demanded_since: datetime | None
    due_at: datetime | None
    finished_at: datetime | None
    found: int
    reason: str
    gaps: tuple[GapView, ...]
    lacking: int = 0
    untold: int = 0
    untold_reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterView:
    """An event between services that failed to the end. `service` is whose consumer failed; the gateway fills it in."""

    id: UUID
    service: str = ""
    consumer: str
    type: str
    reason: str
    attempts: int
    failed_at: datetime
    redriven_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRowView:
    """A delivered item and what became of it; never its body."""

    id: UUID
    channel_id: ChannelId
    received_at: datetime
    state: str
    reason: str
    attempts: int
