"""What becomes of one profile beside those it may belong to: attach, merge, suggest or create, with the sentence that explains it. Pure.

Called by online resolution with the component that its keys reach. The answer is the joining of all of them, so it does not
depend on who came first.
"""

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.identity.matching.blocking import Pair
from services.identity.matching.facts import Facts
from services.identity.matching.joining import Joined, Refusal, join_profiles
from services.identity.matching.rules import VERSION
from services.identity.matching.scoring import HANDLE_AND_NAME, MANY_SIGNS, Comparison

_SIGNS_TOLD = 3


class Action(enum.StrEnum):
    """What is to be done with the profile."""

    ATTACH = "attach"
    """It enters one contact."""
    MERGE = "merge"
    """It shows that contacts are one person."""
    SUGGEST = "suggest"
    """It gets a contact of its own, and a person is asked."""
    CREATE = "create"
    """It gets a contact of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The outcome for one profile; stored with its rule, score, evidence and version."""

    action: Action
    contacts: tuple[str, ...]
    """Attach: the one; merge: all that become one; suggest: those a person is asked about; sorted, empty for create."""
    rule: str
    score: float
    evidence: tuple[Comparison, ...]
    explanation: str
    version: int = VERSION


def decide(
    profile: Facts,
    candidates: Sequence[Facts],
    *,
    contact_of: Mapping[str, str],
    apart: Collection[Pair] = frozenset(),
    population: int | None = None,
) -> Decision:
    """Place `profile` beside `candidates`: everybody whom its keys, and theirs, reach. `contact_of` gives their contacts by profile id.

    `population`: see `join_profiles`.
    """
    others = [each for each in candidates if each.id != profile.id]
    joined = join_profiles([profile, *others], apart=apart, population=population)
    members = joined.members()[joined.group_of[profile.id]]
    contacts = sorted({contact_of[member] for member in members if member in contact_of})
    if contacts:
        links = _links(joined, members, profile)
        action = Action.ATTACH if len(contacts) == 1 else Action.MERGE
        return _decision(action, contacts, links)
    asked = [each for each in joined.suggestions if profile.id in {each.one, each.other}]
    named = {contact_of[other] for each in asked for other in (each.one, each.other) if other in contact_of}
    if named:
        return _decision(Action.SUGGEST, sorted(named), asked)
    return _created(profile, joined.refusals)


def _links(joined: Joined, members: Sequence[str], profile: Facts) -> list[Comparison]:
    inside = set(members)
    links = [each for each in joined.links if each.one in inside]
    return sorted(links, key=lambda each: (profile.id not in {each.one, each.other}, each.rank))


def _decision(action: Action, contacts: Sequence[str], evidence: Sequence[Comparison]) -> Decision:
    first = evidence[0]
    return Decision(
        action=action,
        contacts=tuple(contacts),
        rule=first.rule,
        score=first.score,
        evidence=tuple(evidence),
        explanation=explain(first),
    )


def _created(profile: Facts, refusals: Sequence[Refusal]) -> Decision:
    own = next((each for each in refusals if profile.id in {each.comparison.one, each.comparison.other}), None)
    if own is None:
        return Decision(
            action=Action.CREATE,
            contacts=(),
            rule="first_seen",
            score=0.0,
            evidence=(),
            explanation="Nothing says that this is somebody already known.",
        )
    return Decision(
        action=Action.CREATE,
        contacts=(),
        rule=own.veto.name,
        score=own.comparison.score,
        evidence=(own.comparison,),
        explanation=f"{explain(own.comparison)[:-1]}, but {own.veto.sentence}.",
    )


def explain(comparison: Comparison) -> str:
    """One sentence: what speaks for the two being one person, the strongest first, and what speaks against."""
    signs = comparison.signs
    for_it = [sign.rule for sign in signs if sign.bits > 0]
    if comparison.rule not in {HANDLE_AND_NAME, MANY_SIGNS}:
        for_it.sort(key=lambda rule: -int(rule.strength))
    against = [sign.rule.sentence for sign in signs if sign.bits < 0]
    told = [rule.sentence for rule in for_it[:_SIGNS_TOLD]]
    if not told:
        return "Nothing speaks for these two being one person."
    sentence = told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
    return f"{sentence[0].upper()}{sentence[1:]}{f', although {against[0]}' if against else ''}."
