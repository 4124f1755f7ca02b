"""How long things are kept, told to every service, and what each removed by it. Plain data; names nobody but by our own ids."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from services.contracts.envelope import Event
from services.contracts.ids import ProfileId, RetentionRunId, WorkspaceId
from services.contracts.retention import RetentionKind, RetentionRule


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionChanged(Event):
    """All rules of a workspace, and the profiles of people under a legal hold, of whom nothing goes.

    `told` grows with each change of either; a reader ignores older ones, so order does not matter. `version` is that of the rules.
    """

    type: ClassVar[str] = "identity.retention.changed"
    about: ClassVar[str] = "workspace_id"
    workspace_id: WorkspaceId
    told: int
    version: int
    rules: tuple[RetentionRule, ...] = field(default=())
    held: tuple[ProfileId, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Swept(Event):
    about: ClassVar[str] = "run_id"
    run_id: RetentionRunId
    kind: RetentionKind
    version: int
    began_at: datetime
    at: datetime
    removed: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySwept(_Swept):
    """A run of a rule ended in engagement; `removed` counts by kind. What a run emptied hangs on its id."""

    type: ClassVar[str] = "engagement.retention.swept"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSwept(_Swept):
    """A run of a rule ended in routing."""

    type: ClassVar[str] = "routing.retention.swept"
