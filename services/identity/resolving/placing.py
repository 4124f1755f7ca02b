"""Which contact each profile of a neighbourhood belongs to, and why. Pure: the same profiles and edges give the same contacts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import orjson

from services.contracts.ids import ContactId, ProfileId
from services.identity.matching.deciding import explain
from services.identity.matching.facts import Facts
from services.identity.matching.joining import Joined, Refusal, join_compared
from services.identity.matching.scoring import Comparison
from services.identity.resolving.reaching import Reached
from services.identity.statements.keys import KnownEdge, Standing
from services.identity.statements.linking import EvidenceEdge, Move, Reason

FIRST_SEEN = "first_seen"
MEMBER = "member"


@dataclass(slots=True, kw_only=True)
class Contacts:
    """What is to be written: moves between contacts, reasons told anew, and the edges of the evidence."""

    moves: list[Move] = field(default_factory=list)
    relabelled: dict[ProfileId, Reason] = field(default_factory=dict)
    edges: list[EvidenceEdge] = field(default_factory=list)
    ended: list[tuple[ProfileId, ProfileId]] = field(default_factory=list)
    contact_of: dict[str, ContactId] = field(default_factory=dict)
    """Where each profile of the neighbourhood is afterwards."""


def place(reached: Reached) -> Contacts:
    """Join the neighbourhood and compare with where its profiles stand."""
    found = reached.neighbourhood
    said = [edge for edge in reached.edges if edge.source == MEMBER]
    joined = join_compared(
        [found.facts[each] for each in found.reached],
        found.links.values(),
        apart=frozenset(reached.apart),
        forced=[(str(edge.profile_id), str(edge.other_profile_id)) for edge in said],
    )
    contacts = Contacts()
    links = _links_by_group(reached, joined)
    for group, members in joined.members().items():
        _place_group(contacts, members, reached=reached, joined=joined, links=links.get(group, ()), said=said)
    _compare_edges(contacts, joined, known=[edge for edge in reached.edges if edge.source != MEMBER])
    return contacts


def _links_by_group(reached: Reached, joined: Joined) -> dict[str, list[Comparison]]:
    """What links two of one group, the strongest first."""
    found: dict[str, list[Comparison]] = {}
    for link in sorted(reached.neighbourhood.links.values(), key=lambda each: each.rank):
        group = joined.group_of.get(link.one)
        if group is not None and group == joined.group_of.get(link.other):
            found.setdefault(group, []).append(link)
    return found


def _place_group(
    contacts: Contacts, members: Sequence[str], *, reached: Reached, joined: Joined, links: Sequence[Comparison], said: Sequence[KnownEdge]
) -> None:
    founder = _founder(members, standings=reached.standings, said=said)
    contact = founder.home_contact_id
    reasons = _reasons(members, founder=str(founder.profile_id), reached=reached, joined=joined, links=links, said=said)
    contacts.contact_of.update(dict.fromkeys(members, contact))
    for member in members:
        standing, reason = reached.standings[member], reasons[member]
        if standing.contact_id != contact:
            contacts.moves.append(
                Move(
                    profile_id=standing.profile_id,
                    contact_id=contact,
                    founder_id=founder.profile_id,
                    previous_contact_id=standing.contact_id,
                    reason=reason,
                )
            )
        elif (standing.rule, standing.explanation) != (reason.rule, reason.explanation):
            contacts.relabelled[standing.profile_id] = reason


def _founder(members: Sequence[str], *, standings: Mapping[str, Standing], said: Sequence[KnownEdge]) -> Standing:
    """Whose contact it is: of the survivors that members chose the last one, else of the profile that was known first."""
    inside = set(members)
    chosen = [
        edge
        for edge in said
        if edge.survivor_id and str(edge.survivor_id) in inside and {str(edge.profile_id), str(edge.other_profile_id)} <= inside
    ]
    if chosen:
        return standings[str(max(chosen, key=lambda edge: str(edge.merge_id)).survivor_id)]
    return min((standings[each] for each in members), key=lambda standing: standing.home_contact_id)


def _reasons(
    members: Sequence[str], *, founder: str, reached: Reached, joined: Joined, links: Sequence[Comparison], said: Sequence[KnownEdge]
) -> dict[str, Reason]:
    inside = set(members)
    facts = reached.neighbourhood.facts
    found: dict[str, Reason] = {}
    for edge in sorted(said, key=lambda each: str(each.merge_id)):
        ends = {str(edge.profile_id), str(edge.other_profile_id)}
        if ends <= inside:
            found.update(dict.fromkeys(ends - {founder}, Reason(rule=edge.rule, explanation=edge.explanation, score=1.0)))
    for link in links:
        for own, other in ((link.one, link.other), (link.other, link.one)):
            if own != founder and own not in found:
                found[own] = reason_of(link, other=facts[other])
    alone = joined.refusals if len(members) == 1 else []
    return {each: found[each] if each in found else _first_seen(facts[each], alone) for each in members}


def reason_of(link: Comparison, *, other: Facts | None = None) -> Reason:
    """Why evidence links two: rule, probability, signs, and a sentence; `other` is told as where it was met."""
    beside = f"Beside a {other.network} profile of this contact: " if other else ""
    sentence = explain(link)
    return Reason(
        rule=link.rule,
        explanation=f"{beside}{sentence[0].lower()}{sentence[1:]}" if beside else sentence,
        score=link.score,
        evidence=orjson.dumps([{"rule": sign.rule.name, "bits": sign.bits} for sign in link.signs]).decode(),
    )


def _first_seen(facts: Facts, refusals: Sequence[Refusal]) -> Reason:
    told = f"First seen on {facts.network}; nothing certain says that it is somebody already known."
    refused = next((each for each in refusals if facts.id in {each.comparison.one, each.comparison.other}), None)
    if refused is None:
        return Reason(rule=FIRST_SEEN, explanation=told)
    sentence = explain(refused.comparison)[:-1]
    return Reason(rule=FIRST_SEEN, explanation=f"First seen on {facts.network}. {sentence}, but {refused.veto.sentence}.")


def _compare_edges(contacts: Contacts, joined: Joined, *, known: Sequence[KnownEdge]) -> None:
    held = {(edge.profile_id, edge.other_profile_id): edge for edge in known}
    wanted = {(ProfileId(UUID(link.one)), ProfileId(UUID(link.other))): reason_of(link) for link in joined.links}
    for pair, reason in wanted.items():
        edge = held.get(pair)
        if edge is None or (edge.rule, edge.explanation) != (reason.rule, reason.explanation):
            contacts.edges.append(EvidenceEdge(profile_id=pair[0], other_profile_id=pair[1], reason=reason))
    contacts.ended = sorted(held.keys() - wanted.keys())
