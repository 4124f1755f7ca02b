"""Triage, Task, PlaybookCell. Called by the schema; the values are the contract's views."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.companies.types import Reference
from gateway.conversations.fields import contact_of, conversation_of, member_of, profile_of
from gateway.relay import Node, shows
from gateway.routing import fields
from gateway.vocabulary import AwaitedAnswer, Discipline, Phase, Sentiment, TaskState, Urgency
from services.contracts.views import EvidenceView, PlaybookCellView, TaskView, TriageView

if TYPE_CHECKING:
    from gateway.access.types import Member
    from gateway.assigning.types import Assignment
    from gateway.contacts.types import Contact, Profile
    from gateway.conversations.types import Conversation, Interaction

LazyMember = Annotated["Member", strawberry.lazy("gateway.access.types")]
LazyAssignment = Annotated["Assignment", strawberry.lazy("gateway.assigning.types")]
LazyContact = Annotated["Contact", strawberry.lazy("gateway.contacts.types")]
LazyProfile = Annotated["Profile", strawberry.lazy("gateway.contacts.types")]
LazyConversation = Annotated["Conversation", strawberry.lazy("gateway.conversations.types")]
LazyInteraction = Annotated["Interaction", strawberry.lazy("gateway.conversations.types")]


@shows(EvidenceView, description="The words behind a label.")
class Evidence:
    """See EvidenceView."""

    label: str = strawberry.field(description="What they speak for.")
    start: int = strawberry.field(description="Where they begin, in characters of the text.")
    end: int = strawberry.field(description="Where they end, exclusive.")
    source: str = strawberry.field(description="The rule or model that saw them.")


@shows(TriageView, description="What an interaction is about, how surely, and which words said so.")
class Triage:
    """See TriageView."""

    discipline: Discipline = strawberry.field(description="Whose job it is.")
    phase: Phase = strawberry.field(description="Where on the journey the writer is.")
    sentiment: Sentiment = strawberry.field(description="The writer's feeling.")
    urgency: Urgency = strawberry.field(description="How soon an answer is due.")
    language: str = strawberry.field(description="Language of the text, as a BCP 47 tag; und where unknown.")
    intents: list[str] = strawberry.field(description="What the writer wants; at most 20.")
    confidence: float = strawberry.field(description="How sure it is, 0 to 1.")
    deserves_answer: bool = strawberry.field(description="Whether somebody should answer.")
    exempt_reason: str | None = strawberry.field(description="Why nobody needs to; null where somebody does.")
    ready: bool = strawberry.field(description="Whether the writer says that they are ready to buy.")
    crisis: bool = strawberry.field(description="Whether it smells of a crisis.")
    complaint: bool = strawberry.field(description="Whether it complains.")
    suggestion: bool = strawberry.field(description="Whether it suggests an improvement.")
    spam: bool = strawberry.field(description="Whether it is spam.")
    evidence: list[Evidence] = strawberry.field(graphql_type=list[Evidence], description="The words that led here; at most 100.")
    why: str = strawberry.field(description="The same, as a sentence for people.")
    version: str = strawberry.field(description="Which triage said so.")


@shows(TaskView, description="One piece of social work: identified, sorted, assigned, due.")
class Task(Node):
    """See TaskView."""

    discipline: Discipline = strawberry.field(description="Whose job it is.")
    phase: Phase = strawberry.field(description="Where on the journey the person is.")
    urgency: Urgency = strawberry.field(description="How soon it is due.")
    state: TaskState = strawberry.field(description="Where it stands.")
    why: str = strawberry.field(description="Why it exists and is theirs: a sentence for people.")
    guidance: str = strawberry.field(description="What the playbook advises; may be empty.")
    due_at: datetime = strawberry.field(description="When it is due; UTC.")
    opened_at: datetime = strawberry.field(description="When it came to be; UTC.")
    completed_at: datetime | None = strawberry.field(description="When it was done or declined; UTC.")
    outcome: str = strawberry.field(description="How it ended; empty while it has not.")
    version: int = strawberry.field(description="Pass it with a change: the change is refused if a colleague was faster.")
    answer: AwaitedAnswer = strawberry.field(description="Which answer in the conversation it waits for.")
    level: str = strawberry.field(description="The service level that set the due time; empty where the playbook did.")
    warned_at: datetime | None = strawberry.field(description="When its owner was warned that the time was nearly over; UTC.")
    missed_at: datetime | None = strawberry.field(description="When its time was over, where nobody had acted; UTC.")
    handed_from: Discipline | None = strawberry.field(description="Which discipline handed it off last; null where none did.")
    handed_at: datetime | None = strawberry.field(description="When that was; UTC.")
    neglected_at: datetime | None = strawberry.field(
        description="Since when it is flagged that nobody contacted the person after the hand-off; UTC."
    )
    references: list[Reference] = strawberry.field(graphql_type=list[Reference], description="What other systems call it; at most 50.")
    conversation = strawberry.field(resolver=conversation_of, graphql_type=LazyConversation | None, description="The thread it is about.")
    profile = strawberry.field(resolver=profile_of, graphql_type=LazyProfile | None, description="The account of the person it is about.")
    contact = strawberry.field(resolver=contact_of, graphql_type=LazyContact | None, description="The person.")
    member = strawberry.field(
        resolver=member_of, graphql_type=LazyMember | None, description="Whose it is; null while it waits in the queue."
    )
    handed_by = strawberry.field(resolver=fields.hander_of, graphql_type=LazyMember | None, description="Who handed it off, if a member.")
    assignments = strawberry.field(
        resolver=fields.assignments_of_task,
        graphql_type=list[LazyAssignment],
        description="Why it went where it went, oldest first; at most 100.",
    )
    interactions = strawberry.field(
        resolver=fields.interactions_of_task,
        graphql_type=list[LazyInteraction],
        description="What led to it; at most 100.",
    )


@shows(PlaybookCellView, description="One cell of the playbook: in this phase, this discipline does this, when this happens.")
class PlaybookCell:
    """See PlaybookCellView."""

    phase: Phase = strawberry.field(description="Where on the journey.")
    discipline: Discipline = strawberry.field(description="Who of us.")
    triggers: list[str] = strawberry.field(description="What starts the work; at most 100.")
    work: str = strawberry.field(description="What to do; at most 2,000 characters.")
    guidance: str = strawberry.field(description="How to do it; at most 10,000 characters.")
    due_minutes: int = strawberry.field(description="Within how many minutes.")
    approval: bool = strawberry.field(description="Whether a second person must approve.")
