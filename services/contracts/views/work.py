"""Where and who of us: triage, tasks, the playbook, as routing answers. Plain data."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import ConversationId, InteractionId, MemberId, ProfileId, TaskId
from services.contracts.targets import AwaitedAnswer
from services.contracts.views.facts import ReferenceView
from services.contracts.vocabulary import Discipline, Phase, Sentiment, TaskState, Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """The words behind a label: [start, end) in characters of the text."""

    label: str
    start: int
    end: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageView:
    """What an interaction is about, how surely, and which words said so."""

    interaction_id: InteractionId
    discipline: Discipline
    phase: Phase
    sentiment: Sentiment
    urgency: Urgency
    language: str
    intents: tuple[str, ...]
    confidence: float
    deserves_answer: bool
    exempt_reason: str | None
    ready: bool
    crisis: bool
    complaint: bool
    suggestion: bool
    spam: bool
    evidence: tuple[EvidenceView, ...]
    why: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """One piece of social work. `why` is a sentence for people.

    `conversation_id` is null where the playbook began it and the person has not written since.

    `answer` is first or next: which answer in the conversation it waits for; `level` names the service level that set `due_at`, empty
    where the playbook did. `warned_at` and `missed_at` are when its time was nearly over, and over.
    Where it came from another discipline, `handed_from` and `handed_by` say whence, and `neglected_at` since when nobody contacted the
    person within the days that the workspace allows. `references` are what other systems call it, at most 50.
    """

    id: TaskId
    conversation_id: ConversationId | None
    profile_id: ProfileId
    interaction_ids: tuple[InteractionId, ...]
    discipline: Discipline
    phase: Phase
    urgency: Urgency
    state: TaskState
    member_id: MemberId | None
    why: str
    guidance: str
    due_at: datetime
    opened_at: datetime
    completed_at: datetime | None
    outcome: str
    version: int
    answer: AwaitedAnswer = AwaitedAnswer.FIRST
    level: str = ""
    warned_at: datetime | None = None
    missed_at: datetime | None = None
    handed_from: Discipline | None = None
    handed_by: MemberId | None = None
    handed_at: datetime | None = None
    neglected_at: datetime | None = None
    references: tuple[ReferenceView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookCellView:
    """One cell of the playbook: in this phase, this discipline does this, when this happens."""

    phase: Phase
    discipline: Discipline
    triggers: tuple[str, ...]
    work: str
    guidance: str
    due_minutes: int
    approval: bool
