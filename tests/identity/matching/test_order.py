"""Any order of profiles gives the same contacts, and asking again changes nothing (issue: order-independence)."""

from random import Random
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.identity.matching.facts import Described, Facts, read_facts
from services.identity.matching.joining import Joined, join_profiles
from tests.identity.matching.placing import placed

NAMES = ["", "Kim Lu", "Kimberley Lu", "K. Lu", "Juan Lu", "Maria Lopez", "Maria L.", "Mario Lopez", "lu7"]
HANDLES = ["", "lu7", "kimlu", "kimlu99", "realkimlu_x", "moonrider287"]
EMAILS = ["kim@lu.example", "lu@lu.example", "k.lu@gmail.com", "kl.u@gmail.com", "info@lu.example"]
LINKS = ["x:@kimlu", "mastodon:@lu7", "https://lu.example", "https://bit.ly/1"]


@st.composite
def crowds(draw: st.DrawFn) -> list[Facts]:
    told = st.builds(
        Described,
        id=st.just(""),
        network=st.sampled_from(["x", "mastodon", "crm"]),
        external_id=st.just(""),
        handle=st.sampled_from(HANDLES),
        name=st.sampled_from(NAMES),
        location=st.sampled_from(["", "Porto", "Leeds"]),
        emails=st.lists(st.tuples(st.sampled_from(EMAILS), st.booleans()), max_size=2).map(tuple),
        phones=st.lists(st.tuples(st.sampled_from(["+34600111222", "+34600111333"]), st.booleans()), max_size=1).map(tuple),
        links=st.lists(st.sampled_from(LINKS), max_size=2).map(tuple),
    )
    crowd = draw(st.lists(told, min_size=2, max_size=14))
    return [
        read_facts(
            Described(
                id=str(UUID(int=n)),
                network=each.network,
                external_id=str(n),
                handle=each.handle,
                name=each.name,
                location=each.location,
                emails=each.emails,
                phones=each.phones,
                links=each.links,
            )
        )
        for n, each in enumerate(crowd)
    ]


@settings(max_examples=60, deadline=None)
@given(crowds(), st.randoms(use_true_random=False))
def test_any_order_gives_the_same_contacts_and_questions(crowd: list[Facts], random: Random) -> None:
    shuffled = list(crowd)
    random.shuffle(shuffled)

    assert _told(join_profiles(shuffled)) == _told(join_profiles(crowd))


@settings(max_examples=40, deadline=None)
@given(crowds())
def test_the_last_to_come_is_decided_as_if_all_had_come_at_once(crowd: list[Facts]) -> None:
    *known, last = crowd
    contact_of = join_profiles(known).group_of

    decision = placed(last, known, contact_of=contact_of)

    together = join_profiles(crowd)
    company = {contact_of[each.id] for each in known if together.group_of[each.id] == together.group_of[last.id]}
    assert company == decision.beside


@settings(max_examples=40, deadline=None)
@given(crowds())
def test_profiles_told_twice_change_nothing(crowd: list[Facts]) -> None:
    assert _told(join_profiles([*crowd, *crowd])) == _told(join_profiles(crowd))


def _told(joined: Joined) -> tuple[object, ...]:
    return joined.group_of, joined.links, joined.suggestions, joined.refusals
