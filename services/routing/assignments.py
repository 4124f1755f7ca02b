"""Whose job it is, by when, and why: a verdict and the playbook's cell made into a piece of work. Pure; called by tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg

from services.contracts.events import Evidence
from services.contracts.ids import ConversationId, InteractionId, ProfileId
from services.contracts.vocabulary import Discipline, Phase, Urgency
from services.routing.playbook import Cell, Playbook
from services.routing.settlements import Settlement
from services.routing.verdicts import Verdict, storable

DISCIPLINE_NAMES = {
    Discipline.MARKETING: "marketing",
    Discipline.ADVERTISING: "advertising",
    Discipline.PR: "PR",
    Discipline.SALES: "sales",
    Discipline.SERVICE: "customer service",
    Discipline.CORPORATE_COMMUNICATIONS: "corporate communications",
    Discipline.HR: "HR",
}
PHASE_NAMES = {
    Phase.PRE: "before the purchase",
    Phase.PURCHASE: "at the purchase",
    Phase.POST: "after the purchase",
    Phase.NONE: "outside the journey",
}
URGENCY_FACTORS = {Urgency.HIGH: 0.25, Urgency.NORMAL: 1.0, Urgency.LOW: 3.0}
QUOTES = 3
QUOTE_LIMIT_CHARS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one interaction asks of one discipline. `why` is for people and quotes the words that led here."""

    interaction_id: InteractionId
    conversation_id: ConversationId
    profile_id: ProfileId
    confidential: bool
    discipline: Discipline
    phase: Phase
    urgency: Urgency
    due_at: datetime
    why: str
    guidance: str
    approval: bool


def assign(verdict: Verdict, *, playbook: Playbook) -> Work:
    """The work that a verdict calls for. What nobody was found for is customer service's: nothing is ownerless."""
    received, result = verdict.received, verdict.result
    cell = _cell(playbook, result.phase, result.discipline)
    due_at, due = _due(verdict, cell)
    return Work(
        interaction_id=received.interaction_id,
        conversation_id=received.conversation_id,
        profile_id=received.profile_id,
        confidential=result.confidential,
        discipline=cell.discipline,
        phase=result.phase,
        urgency=result.urgency,
        due_at=due_at,
        why=storable(_why(verdict, cell, due=due)),
        guidance=cell.guidance,
        approval=cell.approval or verdict.approval,
    )


def assign_again(row: asyncpg.Record, settlement: Settlement, *, playbook: Playbook, approval: bool) -> Work:
    """The work of what is owed again, by its stored triage result. Its time counts from when it was owed again.

    `approval`: whoever wrote is not answered unless a person approves.
    """
    urgency, discipline = Urgency(row["urgency"]), Discipline(row["discipline"])
    cell = _cell(playbook, Phase(row["phase"]), discipline)
    minutes = minutes_to_answer(cell, urgency)
    because = f": {settlement.reason}" if settlement.reason else ""
    due = f"Due within {minutes} minutes of then, urgency {urgency.value}."
    return Work(
        interaction_id=InteractionId(row["interaction_id"]),
        conversation_id=ConversationId(row["conversation_id"]),
        profile_id=ProfileId(row["profile_id"]),
        confidential=row["confidential"],
        discipline=cell.discipline,
        phase=cell.phase,
        urgency=urgency,
        due_at=settlement.at + timedelta(minutes=minutes),
        why=storable(_reason([f"Owed again{because}", row["why"]], cell, discipline=discipline, due=due)),
        guidance=cell.guidance,
        approval=cell.approval or approval,
    )


def _cell(playbook: Playbook, phase: Phase, discipline: Discipline) -> Cell:
    """What nobody was found for is customer service's."""
    return playbook[phase, Discipline.SERVICE if discipline is Discipline.NONE else discipline]


def minutes_to_answer(cell: Cell, urgency: Urgency) -> int:
    """The cell's minutes: a quarter where it is urgent, three times as many where nothing is lost by waiting."""
    return max(1, round(cell.due_minutes * URGENCY_FACTORS[urgency]))


def _due(verdict: Verdict, cell: Cell) -> tuple[datetime, str]:
    """Counted from arrival, so that work found late is not due later; a deadline that the writer names comes first."""
    arrived_at, urgency, deadline = verdict.received.received_at, verdict.result.urgency, verdict.result.deadline
    minutes = minutes_to_answer(cell, urgency)
    due_at = arrived_at + timedelta(minutes=minutes)
    if deadline is not None and arrived_at < deadline < due_at:
        return deadline, f"Due by {deadline.astimezone(UTC):%H:%M} UTC, the deadline that the writer names."
    return due_at, f"Due within {minutes} minutes, urgency {urgency.value}."


def _why(verdict: Verdict, cell: Cell, *, due: str) -> str:
    quotes = _quotes(verdict)
    words = f"The words: {', '.join(quotes)}" if quotes else ""
    return _reason([verdict.result.why, words], cell, discipline=verdict.result.discipline, due=due)


def _reason(said: Sequence[str], cell: Cell, *, discipline: Discipline, due: str) -> str:
    unknown = "No discipline was recognised." if discipline is Discipline.NONE else ""
    playbook = f"Playbook, {PHASE_NAMES[cell.phase]}, {DISCIPLINE_NAMES[cell.discipline]}: {cell.work}"
    return " ".join(sentence for sentence in (*map(_sentence, said), unknown, playbook, due) if sentence)


def _quotes(verdict: Verdict) -> list[str]:
    """The words behind the verdict, each with the rule that saw it; none where triage's own sentence quotes some already."""
    text, said = verdict.received.event.text or "", verdict.result.why
    quotes: dict[str, Evidence] = {}
    for evidence in verdict.result.evidence:
        words = " ".join(text[evidence.start : evidence.end].split())
        if words and words in said:
            return []
        if words and len(words) <= QUOTE_LIMIT_CHARS:
            quotes.setdefault(words, evidence)
    return [f"“{words}” ({evidence.source}: {evidence.label})" for words, evidence in list(quotes.items())[:QUOTES]]


def _sentence(text: str) -> str:
    stripped = text.strip()
    return stripped if not stripped or stripped[-1] in ".!?" else f"{stripped}."
