"""Where profiles go beside others, by the door that the product uses: the neighbourhood that keys lead to, and `place`. Holds no tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.contracts.ids import ContactId, ProfileId
from services.identity.matching.blocking import Pair
from services.identity.matching.circles import draw_circles
from services.identity.matching.facts import Facts
from services.identity.matching.neighbourhood import Neighbourhood
from services.identity.resolving import Reached, place
from services.identity.statements.keys import Standing
from services.identity.statements.linking import Reason


@dataclass(frozen=True, slots=True)
class Placed:
    """Whose contacts are one with the newcomer's, by the ids of the profiles for which they were made; and why."""

    beside: frozenset[str]
    reason: Reason


def placed(newcomer: Facts, known: Sequence[Facts], *, contact_of: dict[str, str] | None = None, apart: Sequence[Pair] = ()) -> Placed:
    """Place somebody new. `contact_of` gives the founder of each known one's contact; without it each is alone. Ids are UUIDs."""
    founders = contact_of or {each.id: each.id for each in known}
    everybody = [*known, newcomer]
    found = Neighbourhood()
    found.facts = {each.id: each for each in everybody}
    found.reach(found.facts)
    found.read_keys({key: [each.id for each in carriers] for key, carriers in draw_circles(everybody).carriers.items()})
    found.compare_reached()
    standings = {each.id: _standing(each, founder=founders.get(each.id)) for each in everybody}
    contacts = place(Reached(neighbourhood=found, standings=standings, edges=[], apart=list(apart)))
    own = contacts.contact_of[newcomer.id]
    (reason,) = (move.reason for move in contacts.moves if str(move.profile_id) == newcomer.id)
    return Placed(frozenset(founders[each.id] for each in known if contacts.contact_of[each.id] == own), reason)


def _standing(profile: Facts, *, founder: str | None) -> Standing:
    """Who is known was seen before the newcomer, whose contact is yet to come."""
    own = UUID(profile.id)
    return Standing(
        profile_id=ProfileId(own),
        home_contact_id=ContactId(own if founder else UUID(int=own.int + 2**64)),
        contact_id=ContactId(UUID(founder)) if founder else None,
        rule="",
        explanation="",
    )
