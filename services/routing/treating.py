"""What follows from what a writer is to the company: press goes to PR, an influencer is urgent. Pure; called by subscribers.

The treatments are a contract (`services.contracts.stakeholders`); the reason goes with the verdict, for people to read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from services.contracts.events import HeldKind
from services.contracts.stakeholders import TREATMENTS, Treatment
from services.contracts.vocabulary import StakeholderKind, Urgency
from services.routing.verdicts import Verdict

_URGENCIES = (Urgency.LOW, Urgency.NORMAL, Urgency.HIGH)


def treat(verdict: Verdict, kinds: Sequence[HeldKind]) -> Verdict:
    """The verdict as the kinds want it that hold on its network at its time. What owes no answer stays as it is."""
    event = verdict.received.event
    held = _holding(kinds, network=event.author.network.lower(), at=event.occurred_at)
    if not held or not verdict.judged or verdict.result.exempt_reason is not None:
        return verdict
    treatments = _treatments(held)
    result = verdict.result
    for each in treatments:
        result = replace(
            result,
            discipline=each.discipline or result.discipline,
            urgency=max(result.urgency, each.urgency or result.urgency, key=_URGENCIES.index),
            why=f"{_sentence(result.why)} {each.why}.".strip(),
        )
    return replace(verdict, result=result, approval=any(each.approval for each in treatments), kinds=frozenset(held))


def needs_approval(kinds: Iterable[HeldKind]) -> bool:
    """Whether a writer of these kinds is not answered unless a person approves, on whatever network."""
    return any(each.approval for each in _treatments({held.kind for held in kinds}))


def kinds_now(kinds: Iterable[HeldKind], *, at: datetime) -> set[StakeholderKind]:
    """The kinds that hold at a moment, on whatever network."""
    return {held.kind for held in kinds if (held.since is None or held.since <= at) and (held.until is None or at < held.until)}


def _holding(kinds: Sequence[HeldKind], *, network: str, at: datetime) -> set[StakeholderKind]:
    return {
        held.kind
        for held in kinds
        if held.network in {"", network} and (held.since is None or held.since <= at) and (held.until is None or at < held.until)
    }


def _treatments(kinds: Iterable[StakeholderKind]) -> list[Treatment]:
    """In the order of the contract, whatever order the kinds came in."""
    wanted = set(kinds)
    return [treatment for kind, treatment in TREATMENTS.items() if kind in wanted]


def _sentence(text: str) -> str:
    stripped = text.strip()
    return stripped if not stripped or stripped[-1] in ".!?" else f"{stripped}."
