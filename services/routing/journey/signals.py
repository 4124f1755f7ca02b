"""What messages, the CRM and members say of where a person is, as steps of the log. Pure; called by subscribers and the edges."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.contracts.ids import InteractionId
from services.contracts.vocabulary import Direction, Phase
from services.kit.ids import new_id
from services.routing.journey.planning import Plan
from services.routing.journey.rings import Ring, first_keys, shipped
from services.routing.journey.walking import Mode, Step
from services.routing.verdicts import Verdict

HISTORY_FACTOR = 0.5
READY = "ready"
LATER = "later"


def steps_of(verdicts: Sequence[Verdict], plan: Plan) -> list[Step]:
    """A step for each verdict that says something of the journey."""
    found = (_of_verdict(verdict, plan) for verdict in verdicts)
    return [step for step in found if step is not None]


def _of_verdict(verdict: Verdict, plan: Plan) -> Step | None:
    received, result = verdict.received, verdict.result
    alike = _stage(verdict)
    if not verdict.judged or result.spam or received.event.direction is not Direction.INBOUND or alike is None:
        return None
    mode, reason = _mode(verdict, alike)
    historic = received.historic
    return _step(
        plan.ring,
        profile_id=received.profile_id,
        line=plan.line_of(received.event.text or ""),
        mode=mode,
        alike=alike,
        cause="interaction",
        key=str(received.interaction_id),
        cause_id=received.interaction_id,
        reason=f"Inferred from history: {reason}" if historic else f"{reason[0].upper()}{reason[1:]}",
        confidence=result.confidence * (HISTORY_FACTOR if historic else 1.0),
        historic=historic,
        at=received.event.occurred_at,
    )


def of_crm(  # noqa: PLR0913 - what a CRM says of an event
    plan: Plan, *, event: str, key: str, profile: UUID, line: str, at: datetime, source: str
) -> Step:
    """The step of a CRM event. `key` makes it happen once; `source` says who told it."""
    move = shipped().crm[event]
    told = f", as {source} tells" if source else ""
    step = _step(
        plan.ring,
        profile_id=profile,
        line=plan.named(line),
        mode=Mode(move.mode),
        alike=move.stage,
        cause="crm",
        key=key,
        cause_id=None,
        reason=f"{move.reason[0].upper()}{move.reason[1:]}{told}.",
        confidence=1.0,
        historic=False,
        at=at,
    )
    return replace(step, event=event)


def of_member(  # noqa: PLR0913 - what a member says
    plan: Plan, *, stage: str, profile: UUID, line: str, at: datetime, member: UUID, reason: str
) -> Step | None:
    """The step by which a member puts a person into a stage of the ring, or with an empty one out of it; None for no such stage."""
    placed = plan.ring.stage(stage)
    if placed is None and stage:
        return None
    return Step(
        id=new_id(),
        profile_id=profile,
        line=plan.named(line),
        mode=Mode.SET if stage else Mode.LEAVE,
        stage=stage,
        alike=placed.like[0] if placed else "",
        cause="member",
        key=str(new_id()),
        cause_id=member,
        reason=reason,
        confidence=1.0,
        historic=False,
        at=at,
    )


def _stage(verdict: Verdict) -> str | None:
    """In stages of the first ring: readiness, else the furthest that an intent names within the phase, else what the phase says."""
    result, known = verdict.result, shipped()
    if result.ready:
        return "intent"
    if result.phase is Phase.NONE:
        return None
    least = known.phases[result.phase]
    order = first_keys().index
    named = [known.intents[intent] for intent in result.intents if intent in known.intents]
    fitting = [stage for stage in named if order(least) <= order(stage) and known_phase(stage) is result.phase]
    return max(fitting, key=order, default=least)


def known_phase(alike: str) -> Phase:
    """The phase of a stage of the first ring."""
    return next(stage.phase for stage in shipped().ring[0].stages if stage.key == alike)


def _mode(verdict: Verdict, alike: str) -> tuple[Mode, str]:
    result = verdict.result
    if result.complaint:
        return Mode.PUSH, "a complaint, which pushes and moves nobody."
    if LATER in result.intents and not result.ready:
        return Mode.STAY, "says that it is not the time yet, and stays."
    if result.ready:
        return Mode.FORWARD, "says that they are ready."
    intents = ", ".join(intent.replace("_", " ") for intent in result.intents)
    about = f" ({intents})" if intents else ""
    return Mode.FORWARD, f"a message of {alike}{about}."


def _step(  # noqa: PLR0913 - a step has this many fields
    ring: Ring,
    *,
    profile_id: UUID,
    line: str,
    mode: Mode,
    alike: str,
    cause: str,
    key: str,
    cause_id: InteractionId | None,
    reason: str,
    confidence: float,
    historic: bool,
    at: datetime,
) -> Step:
    return Step(
        id=new_id(),
        profile_id=profile_id,
        line=line,
        mode=mode,
        stage=ring.covering(alike).key if alike else "",
        alike=alike,
        cause=cause,
        key=key,
        cause_id=cause_id,
        reason=reason,
        confidence=confidence,
        historic=historic,
        at=at,
    )
