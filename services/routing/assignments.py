"""Whose job it is, by when, and why: a verdict and the playbook's cell made into a piece of work. Pure; called by tasks."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.contracts.events import Evidence
from services.contracts.vocabulary import Discipline, Phase, Urgency
from services.routing.playbook import Cell, Playbook
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

    verdict: Verdict
    discipline: Discipline
    phase: Phase
    urgency: Urgency
    due_at: datetime
    why: str
    guidance: str
    approval: bool


def assign(verdict: Verdict, *, playbook: Playbook) -> Work:
    """The work that a verdict calls for. What nobody was found for is customer service's: nothing is ownerless."""
    result = verdict.result
    discipline = Discipline.SERVICE if result.discipline is Discipline.NONE else result.discipline
    cell = playbook[result.phase, discipline]
    due_at, due = _due(verdict, cell)
    return Work(
        verdict=verdict,
        discipline=discipline,
        phase=result.phase,
        urgency=result.urgency,
        due_at=due_at,
        why=storable(_why(verdict, cell, due=due)),
        guidance=cell.guidance,
        approval=cell.approval,
    )


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
    sentences = [_sentence(verdict.result.why)]
    quotes = _quotes(verdict)
    if quotes:
        sentences.append(f"The words: {', '.join(quotes)}.")
    if verdict.result.discipline is Discipline.NONE:
        sentences.append("No discipline was recognised.")
    sentences.append(f"Playbook, {PHASE_NAMES[cell.phase]}, {DISCIPLINE_NAMES[cell.discipline]}: {cell.work}")
    sentences.append(due)
    return " ".join(sentence for sentence in sentences if sentence)


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
