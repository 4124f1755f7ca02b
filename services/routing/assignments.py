"""Whose job it is, by when, and why: a verdict and the playbook's cell made into a piece of work. Pure; called by tasks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import asyncpg

from services.contracts.events import Evidence
from services.contracts.ids import ConversationId, InteractionId, ProfileId
from services.contracts.targets import AwaitedAnswer
from services.contracts.vocabulary import Discipline, Phase, StakeholderKind, Urgency
from services.routing.levels.plan import Asked, Plan, Target
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
    warn_at: datetime
    level: str
    answer: AwaitedAnswer
    resolution: Target | None
    why: str
    guidance: str
    approval: bool


def assign(verdict: Verdict, *, playbook: Playbook, plan: Plan, answered: bool) -> Work:
    """The work that a verdict calls for. What nobody was found for is customer service's: nothing is ownerless.

    `answered`: whether the writer had an answer in this thread before.
    """
    received, result = verdict.received, verdict.result
    cell = _cell(playbook, result.phase, result.discipline)
    asked = Asked(
        discipline=cell.discipline, urgency=result.urgency, channel_id=received.channel_id, kinds=verdict.kinds, answered=answered
    )
    target = _target(verdict, cell, plan=plan, asked=asked)
    return Work(
        interaction_id=received.interaction_id,
        conversation_id=received.conversation_id,
        profile_id=received.profile_id,
        confidential=result.confidential,
        discipline=cell.discipline,
        phase=result.phase,
        urgency=result.urgency,
        due_at=target.due_at,
        warn_at=target.warn_at,
        level=target.level,
        answer=AwaitedAnswer.NEXT if answered else AwaitedAnswer.FIRST,
        resolution=plan.resolution_by(asked, since=received.received_at),
        why=storable(_why(verdict, cell, due=_due(target, result.urgency))),
        guidance=cell.guidance,
        approval=cell.approval or verdict.approval,
    )


def assign_again(
    row: asyncpg.Record, settlement: Settlement, *, playbook: Playbook, plan: Plan, kinds: Collection[StakeholderKind], approval: bool
) -> Work:
    """The work of what is owed again, by its stored triage result. Its time counts from when it was owed again.

    `approval`: whoever wrote is not answered unless a person approves. Whoever had an answer that was taken back waits for a first one.
    """
    urgency, discipline = Urgency(row["urgency"]), Discipline(row["discipline"])
    cell = _cell(playbook, Phase(row["phase"]), discipline)
    because = f": {settlement.reason}" if settlement.reason else ""
    asked = Asked(discipline=cell.discipline, urgency=urgency, channel_id=row["channel_id"], kinds=kinds)
    target = plan.answer_by(asked, since=settlement.at, minutes=minutes_to_answer(cell, urgency))
    return Work(
        interaction_id=InteractionId(row["interaction_id"]),
        conversation_id=ConversationId(row["conversation_id"]),
        profile_id=ProfileId(row["profile_id"]),
        confidential=row["confidential"],
        discipline=cell.discipline,
        phase=cell.phase,
        urgency=urgency,
        due_at=target.due_at,
        warn_at=target.warn_at,
        level=target.level,
        answer=AwaitedAnswer.FIRST,
        resolution=plan.resolution_by(asked, since=settlement.at),
        why=storable(_reason([f"Owed again{because}", row["why"]], cell, discipline=discipline, due=_due(target, urgency))),
        guidance=cell.guidance,
        approval=cell.approval or approval,
    )


def _cell(playbook: Playbook, phase: Phase, discipline: Discipline) -> Cell:
    """What nobody was found for is customer service's."""
    return playbook[phase, Discipline.SERVICE if discipline is Discipline.NONE else discipline]


def minutes_to_answer(cell: Cell, urgency: Urgency) -> int:
    """The cell's minutes: a quarter where it is urgent, three times as many where nothing is lost by waiting."""
    return max(1, round(cell.due_minutes * URGENCY_FACTORS[urgency]))


def reason_of(said: Sequence[str], cell: Cell, *, target: Target, urgency: Urgency) -> str:
    """Why there is work that nobody asked for, for people: what was said of it, the playbook's cell and the time."""
    return _reason(said, cell, discipline=cell.discipline, due=_due(target, urgency))


def _target(verdict: Verdict, cell: Cell, *, plan: Plan, asked: Asked) -> Target:
    """Counted from arrival, so that work found late is not due later; a deadline that the writer names comes first."""
    arrived_at, deadline = verdict.received.received_at, verdict.result.deadline
    target = plan.answer_by(asked, since=arrived_at, minutes=minutes_to_answer(cell, asked.urgency))
    if deadline is None or not arrived_at < deadline < target.due_at:
        return target
    words = f"by {deadline.astimezone(UTC):%H:%M} UTC, the deadline that the writer names"
    warn_at = min(target.warn_at, plan.warn_before(deadline, since=arrived_at))
    return replace(target, due_at=deadline, warn_at=warn_at, words=words)


def _due(target: Target, urgency: Urgency) -> str:
    level = f", service level {target.level}" if target.level else ""
    return f"Due {target.words}, urgency {urgency.value}{level}."


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
