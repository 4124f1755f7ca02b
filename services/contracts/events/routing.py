"""What routing says: what an interaction is about, whose job it is, where a person moved. Plain data."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.contracts.envelope import Event
from services.contracts.ids import ContactId, ConversationId, InteractionId, MemberId, ProfileId, TaskId
from services.contracts.vocabulary import Discipline, Phase, Sentiment, Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The words that led to a label: [start, end) in characters of the text, and the rule or model that saw them."""

    label: str
    start: int
    end: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionTriaged(Event):
    """What an interaction is about, whose job it is, and whether it may be exempt (None: stays owed)."""

    type: ClassVar[str] = "routing.interaction.triaged"
    about: ClassVar[str] = "conversation_id"
    interaction_id: InteractionId
    profile_id: ProfileId
    conversation_id: ConversationId
    discipline: Discipline
    phase: Phase
    sentiment: Sentiment
    urgency: Urgency
    language: str
    intents: tuple[str, ...]
    confidence: float
    deserves_answer: bool
    exempt_reason: str | None
    version: str
    evidence: tuple[Evidence, ...] = ()
    ready: bool = False
    crisis: bool = False
    complaint: bool = False
    suggestion: bool = False
    spam: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAssigned(Event):
    """A piece of social work exists and is somebody's: a discipline's queue, or one member's. `why` is for people.

    `interaction_ids` are those for which it is news: what joined with this version, and all of the task's where it is due sooner.
    `conversation_id` is null where nobody wrote and the playbook began it: work about a person, of no thread until that person writes.
    """

    type: ClassVar[str] = "routing.task.assigned"
    about: ClassVar[str] = "task_id"
    task_id: TaskId
    conversation_id: ConversationId | None
    profile_id: ProfileId
    interaction_ids: tuple[InteractionId, ...]
    discipline: Discipline
    phase: Phase
    urgency: Urgency
    due_at: datetime
    why: str
    version: int
    member_id: MemberId | None = None
    by: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskHandedOff(Event):
    """A task went to another discipline. `former_id` had it, `member_id` has it now (None: the queue); `note` is for colleagues."""

    type: ClassVar[str] = "routing.task.handed_off"
    about: ClassVar[str] = "task_id"
    task_id: TaskId
    conversation_id: ConversationId | None
    profile_id: ProfileId
    from_discipline: Discipline
    discipline: Discipline
    note: str
    version: int
    former_id: MemberId | None = None
    member_id: MemberId | None = None
    by: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskNeglected(Event):
    """Days after a hand-off nobody has contacted the person. Told once. `handed_by` is who handed it off, `member_id` who has it."""

    type: ClassVar[str] = "routing.task.neglected"
    about: ClassVar[str] = "task_id"
    task_id: TaskId
    conversation_id: ConversationId | None
    profile_id: ProfileId
    from_discipline: Discipline
    discipline: Discipline
    handed_at: datetime
    handed_by: MemberId | None = None
    member_id: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted(Event):
    """The work is done: answered, done otherwise, or declined with a reason."""

    type: ClassVar[str] = "routing.task.completed"
    about: ClassVar[str] = "task_id"
    task_id: TaskId
    conversation_id: ConversationId | None
    profile_id: ProfileId
    discipline: Discipline
    outcome: str
    reason: str = ""
    minutes: int = 0
    by: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetWarned(Event):
    """The time of a task's answer, or of a matter's resolution, is nearly over, and nobody has acted. Told once.

    `target` is first or next (an answer; `matter_id` is the task's) or resolution (the resolution's). `level` is the service level that
    set the time, empty for the playbook. `member_id` has the task, or the thread.
    """

    type: ClassVar[str] = "routing.target.warned"
    about: ClassVar[str] = "matter_id"
    matter_id: UUID
    conversation_id: ConversationId | None
    profile_id: ProfileId
    discipline: Discipline
    target: str
    level: str
    due_at: datetime
    member_id: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetMissed(Event):
    """The time is over. Fields as of TargetWarned; `escalate_to` are the members who are to hear of it besides the owner."""

    type: ClassVar[str] = "routing.target.missed"
    about: ClassVar[str] = "matter_id"
    matter_id: UUID
    conversation_id: ConversationId | None
    profile_id: ProfileId
    discipline: Discipline
    target: str
    level: str
    due_at: datetime
    member_id: MemberId | None = None
    escalate_to: tuple[MemberId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileStageChanged(Event):
    """A person moved on the ring of one product line, and what moved them."""

    type: ClassVar[str] = "routing.profile.stage_changed"
    about: ClassVar[str] = "profile_id"
    profile_id: ProfileId
    line: str
    from_stage: str | None
    to_stage: str
    phase: Phase
    cause: InteractionId | None
    reason: str
    confidence: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEntered(Event):
    """A person entered a stage of the workspace's ring on a product line, and what led there.

    `from_stage` is empty where a run begins; `run` counts the line's runs. `cause` is interaction, crm or member, and `cause_id` the
    interaction or the member. `historic`: inferred from history, so nothing is to follow from it.
    """

    type: ClassVar[str] = "routing.stage.entered"
    about: ClassVar[str] = "profile_id"
    profile_id: ProfileId
    contact_id: ContactId | None
    line: str
    run: int
    from_stage: str
    to_stage: str
    phase: Phase
    cause: str
    cause_id: UUID | None
    reason: str
    confidence: float
    historic: bool
    at: datetime
