"""What routing answers about assignment: what members can take, what a workspace wants, why a task went where it went. Plain data."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import AssignmentId, ChannelId, MemberId, TaskId
from services.contracts.vocabulary import Discipline


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """What a member can do and has. `capacity` None: the workspace's. `load` is the weight of their open tasks."""

    member_id: MemberId
    name: str
    disciplines: tuple[Discipline, ...]
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    capacity: float | None
    available: bool
    absent: bool
    load: float
    open_tasks: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightView:
    """How much of a member's capacity a task of a channel takes; 1 where nothing is said."""

    channel_id: ChannelId
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentSettingsView:
    """`pushes`: tasks are given to the best-suited; else members take them (POST /v1/tasks/next). Version 0: as shipped.

    A hand-off after which nobody contacts the person for `hand_off_days` is flagged.
    """

    pushes: bool = False
    capacity: float = 10.0
    weights: tuple[WeightView, ...] = ()
    version: int = 0
    hand_off_days: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreView:
    """How well somebody suited, in points, and for what."""

    member_id: MemberId
    points: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentView:
    """That a task went to somebody, or back to the queue (None), and why. `cause`: pushed, taken, silent, handed_off."""

    id: AssignmentId
    task_id: TaskId
    member_id: MemberId | None
    former_id: MemberId | None
    cause: str
    why: str
    scores: tuple[ScoreView, ...]
    assigned_at: datetime
