"""The placing of profiles by verified addresses, as profiles are written today (W4)."""

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.ids import ContactId, ProfileId
from services.identity.matching import (
    CLUSTER_LIMIT,
    Evidence,
    Placement,
    place,
)
from tests.identity.people import NOON


def test_alone_and_in_company_profiles_join_and_conflicts_stay() -> None:
    placement = _place("a:k", "b:k", "c:m", "d:m", "e:k", "e:m")

    assert _groups(placement) == {"abe", "cd"}
    assert [(_name(each.profile_id), _name(each.other_id)) for each in placement.conflicts] == [("e", "c")]


def test_a_profile_alone_joins_even_as_the_first_to_have_had_the_key() -> None:
    assert _groups(_place("a:k", "b:k", "c:m", "a:m")) == {"abc"}


def test_a_contact_never_grows_beyond_its_limit() -> None:
    homes = {_profile(n): _home(n) for n in range(CLUSTER_LIMIT + 5)}
    evidence = [Evidence(profile_id=profile, key=b"k", verified_at=NOON + timedelta(seconds=n)) for n, profile in enumerate(homes)]

    placement = place(evidence, homes=homes)

    sizes = [list(placement.contacts.values()).count(contact) for contact in set(placement.contacts.values())]
    assert sorted(sizes) == [1] * 5 + [CLUSTER_LIMIT]
    assert len(placement.conflicts) == 5


@given(
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from("klmn"), st.integers(0, 5)), max_size=14),
    st.randoms(use_true_random=False),
)
def test_placing_does_not_depend_on_the_order_of_evidence(facts: list[tuple[int, str, int]], random: Random) -> None:
    evidence = [
        Evidence(profile_id=_profile(n), key=key.encode(), verified_at=NOON + timedelta(minutes=minute)) for n, key, minute in facts
    ]
    homes = {_profile(n): _home(n) for n in range(7)}
    shuffled = list(evidence)
    random.shuffle(shuffled)

    assert place(shuffled, homes=homes).contacts == place(evidence, homes=homes).contacts


def _place(*facts: str) -> Placement:
    names = sorted({fact[0] for fact in facts})
    evidence = [Evidence(profile_id=_profile(ord(fact[0])), key=fact[2:].encode(), verified_at=_second(n)) for n, fact in enumerate(facts)]
    return place(evidence, homes={_profile(ord(name)): _home(ord(name)) for name in names})


def _groups(placement: Placement) -> set[str]:
    groups: dict[ContactId, str] = {}
    for profile, contact in sorted(placement.contacts.items()):
        groups[contact] = groups.get(contact, "") + _name(profile)
    return set(groups.values())


def _profile(number: int) -> ProfileId:
    return ProfileId(UUID(int=number))


def _name(profile: ProfileId) -> str:
    return chr(profile.int)


def _home(number: int) -> ContactId:
    return ContactId(UUID(int=1000 + number))


def _second(number: int) -> datetime:
    return NOON + timedelta(seconds=number)
