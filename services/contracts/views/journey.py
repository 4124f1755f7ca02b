"""What routing shows of journeys: rings, runs with their log, and the board. Plain data."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.vocabulary import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """A stage of a ring. `like` are the stages of the first ring that it covers."""

    key: str
    title: str
    phase: Phase
    like: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RingView:
    """Stages in their order."""

    name: str
    title: str
    stages: tuple[StageView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """A product line, and the words by which messages are known to be about it."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyPlanView:
    """A workspace's ring and product lines; `version` 0 is the shipped one."""

    ring: RingView
    lines: tuple[LineView, ...]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A line of the log: what was said of where a person is. `moved` is False where they stayed: a push, not ready, or no step ahead.

    `mode` is forward, set, purchase, leave, push or stay; `cause` is interaction, crm or member, and `cause_id` the interaction
    or the member.
    """

    id: UUID
    profile_id: UUID
    line: str
    mode: str
    from_stage: str
    to_stage: str
    cause: str
    cause_id: UUID | None
    reason: str
    confidence: float
    historic: bool
    moved: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """One walk along the ring, on one product line.

    `stage` is the last one; `ended_at` says when they left it, for nowhere or for the line's next run; `number` counts the line's runs.
    """

    line: str
    number: int
    stage: str
    title: str
    phase: Phase
    began_at: datetime
    since: datetime
    ended_at: datetime | None
    current: bool
    steps: tuple[StepView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyView:
    """Where a contact is: the runs of every line, the newest first."""

    contact_id: UUID
    runs: tuple[RunView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckView:
    """Somebody in a stage, and since when. `id` is the contact's, or the profile's where it has none yet."""

    id: UUID
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardStageView:
    """A stage of the board: who is in it now, who came and went within the window, and the median seconds of those who went."""

    stage: StageView
    people: int
    came: int
    went: int
    median_seconds: float | None
    longest: tuple[StuckView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """The journey board of one product line; `since` begins its window."""

    line: str
    since: datetime
    stages: tuple[BoardStageView, ...]
