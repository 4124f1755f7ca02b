"""Rows made into the shapes of contracts.views. Called by both edges; asks nobody."""

import asyncpg
import msgspec

from services.contracts.ids import ConversationId, InteractionId, MemberId, ProfileId, TaskId
from services.contracts.targets import AwaitedAnswer
from services.contracts.views import EvidenceView, TaskView, TriageView
from services.contracts.views.facts import ReferenceView
from services.contracts.vocabulary import Discipline, Phase, Sentiment, TaskState, Urgency


def thread_of(row: asyncpg.Record) -> ConversationId | None:
    """The thread that a task or a matter is about; None where it is about a person alone."""
    return None if row["conversation_id"] is None else ConversationId(row["conversation_id"])


def task_view(row: asyncpg.Record) -> TaskView:
    """A row of statements.reading."""
    return TaskView(
        id=TaskId(row["id"]),
        conversation_id=thread_of(row),
        profile_id=ProfileId(row["profile_id"]),
        interaction_ids=tuple(InteractionId(each) for each in row["interaction_ids"]),
        discipline=Discipline(row["discipline"]),
        phase=Phase(row["phase"]),
        urgency=Urgency(row["urgency"]),
        state=TaskState(row["state"]),
        member_id=None if row["member_id"] is None else MemberId(row["member_id"]),
        why=row["why"],
        guidance=row["guidance"],
        due_at=row["due_at"],
        opened_at=row["opened_at"],
        completed_at=row["completed_at"],
        outcome=row["outcome"],
        version=row["version"],
        answer=AwaitedAnswer(row["answer"]),
        level=row["level"],
        warned_at=row["warned_at"],
        missed_at=row["missed_at"],
        handed_from=None if row["handed_from"] is None else Discipline(row["handed_from"]),
        handed_by=None if row["handed_by"] is None else MemberId(row["handed_by"]),
        handed_at=row["handed_at"],
        neglected_at=row["neglected_at"],
        references=_references(row["refs"]),
    )


def _references(rows: list[dict[str, str]] | None) -> tuple[ReferenceView, ...]:
    found = msgspec.convert(rows or [], list[ReferenceView])
    return tuple(sorted(found, key=lambda each: (each.system, each.type, each.external_id)))


def triage_view(row: asyncpg.Record) -> TriageView:
    """A row of statements.triage."""
    return TriageView(
        interaction_id=InteractionId(row["interaction_id"]),
        discipline=Discipline(row["discipline"]),
        phase=Phase(row["phase"]),
        sentiment=Sentiment(row["sentiment"]),
        urgency=Urgency(row["urgency"]),
        language=row["language"],
        intents=tuple(row["intents"]),
        confidence=row["confidence"],
        deserves_answer=row["deserves_answer"],
        exempt_reason=row["exempt_reason"],
        ready=row["ready"],
        crisis=row["crisis"],
        complaint=row["complaint"],
        suggestion=row["suggestion"],
        spam=row["spam"],
        evidence=msgspec.convert(row["evidence"], tuple[EvidenceView, ...]),
        why=row["why"],
        version=row["version"],
    )
