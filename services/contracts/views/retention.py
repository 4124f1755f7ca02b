"""How long things are kept, what would go, and what went, as services answer it. Plain data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.ids import ContactId, RetentionRunId
from services.contracts.retention import RetentionKind, RetentionRule
from services.contracts.views.erasure import RemovedView
from services.contracts.vocabulary import StakeholderKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionView:
    """All rules, and the version to change them by (0: none were set yet). `held` counts people of whom nothing goes."""

    rules: tuple[RetentionRule, ...]
    version: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionDueView:
    """What a rule would remove now. With `more`, at least so much. `contact_ids` are some of the people behind it."""

    kind: RetentionKind
    stakeholder: StakeholderKind | None
    what: str
    count: int
    more: bool
    contact_ids: tuple[ContactId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRunView:
    """What one service removed by one rule."""

    id: RetentionRunId
    service: str
    kind: RetentionKind
    version: int
    began_at: datetime
    ended_at: datetime
    removed: tuple[RemovedView, ...]


def due_view(*, kind: str, narrowed: str, what: str, count: int, more: bool, people: Sequence[UUID]) -> RetentionDueView:
    """What a dry run found; `narrowed` is empty where a rule is narrowed to nothing."""
    return RetentionDueView(
        kind=RetentionKind(kind),
        stakeholder=StakeholderKind(narrowed) if narrowed else None,
        what=what,
        count=count,
        more=more,
        contact_ids=tuple(ContactId(each) for each in people),
    )
