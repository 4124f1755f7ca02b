"""From a person's log to their runs: pure, and the same whatever order the log was heard in. Called by recording and reading.

Modes: `forward` moves ahead only, and nobody back before a purchase; `set` moves anywhere; `purchase` moves to the purchase, or begins a
new run where one was made; `leave` ends the run; `push` and `stay` move nobody. Whoever has no run begins one where they are said to be.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.contracts.vocabulary import Phase
from services.routing.journey.rings import Ring


class Mode(StrEnum):
    """How a line of the log moves a run."""

    FORWARD = "forward"
    SET = "set"
    PURCHASE = "purchase"
    LEAVE = "leave"
    PUSH = "push"
    STAY = "stay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A line of the log. `alike` is the stage of the first ring that `stage` is like; both are empty where somebody leaves.

    `key` makes it happen once for its cause. `from_stage` is where the person was when it was recorded; walking does not look at it.
    `event` is what the CRM told, for what follows at once; it is not stored.
    """

    id: UUID
    profile_id: UUID
    line: str
    mode: Mode
    stage: str
    alike: str
    cause: str
    key: str
    cause_id: UUID | None
    reason: str
    confidence: float
    historic: bool
    at: datetime
    from_stage: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A stay in one stage: entered by a step, left by a later one. `left_to` is empty where the run was left, or goes on."""

    line: str
    run: int
    place: int
    stage: str
    alike: str
    from_stage: str
    step_id: UUID
    entered_at: datetime
    left_at: datetime | None = None
    left_to: str = ""


def walk(steps: Iterable[Step], ring: Ring) -> list[Visit]:
    """All visits that follow from these steps of one person, by line, in their order."""
    lines: dict[str, list[Step]] = {}
    for step in steps:
        lines.setdefault(step.line, []).append(step)
    return [visit for line in sorted(lines) for visit in _walk_line(sorted(lines[line], key=lambda each: (each.at, each.id)), ring)]


def _walk_line(steps: Sequence[Step], ring: Ring) -> list[Visit]:
    visits: list[Visit] = []
    bought = False
    for step in steps:
        current = visits[-1] if visits and visits[-1].left_at is None else None
        if step.mode is Mode.LEAVE:
            if current is not None:
                visits[-1] = replace(current, left_at=step.at)
            continue
        again = step.mode is Mode.PURCHASE and bought
        if current is None or again:
            if current is not None:
                visits[-1] = replace(current, left_at=step.at, left_to=_key(step, ring))
            visits.append(_entered(step, ring, run=visits[-1].run + 1 if visits else 1, place=0, before=None))
            bought = step.mode is Mode.PURCHASE
            continue
        bought = bought or step.mode is Mode.PURCHASE
        if _moves(step, current, ring):
            visits[-1] = replace(current, left_at=step.at, left_to=_key(step, ring))
            visits.append(_entered(step, ring, run=current.run, place=current.place + 1, before=current))
    return visits


def _moves(step: Step, current: Visit, ring: Ring) -> bool:
    here, there = ring.place(current.stage, current.alike), ring.place(step.stage, step.alike)
    match step.mode:
        case Mode.SET:
            return there != here
        case Mode.FORWARD | Mode.PURCHASE:
            return there > here
        case _:
            return False


def _entered(step: Step, ring: Ring, *, run: int, place: int, before: Visit | None) -> Visit:
    return Visit(
        line=step.line,
        run=run,
        place=place,
        stage=_key(step, ring),
        alike=step.alike,
        from_stage="" if before is None else before.stage,
        step_id=step.id,
        entered_at=step.at,
    )


def _key(step: Step, ring: Ring) -> str:
    return ring.stages[ring.place(step.stage, step.alike)].key


def phase_of(visit: Visit, ring: Ring) -> Phase:
    """The phase in which a visit lies."""
    return ring.stages[ring.place(visit.stage, visit.alike)].phase
