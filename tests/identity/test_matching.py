"""The pure rules of linking: normalised values, role mailboxes, and the placing of profiles (W4)."""

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.ids import ContactId, ProfileId
from services.identity.matching import (
    CLUSTER_LIMIT,
    Evidence,
    Placement,
    is_personal,
    normalise_email,
    normalise_phone,
    place,
    value_key,
)
from tests.identity.people import NOON


@pytest.mark.parametrize(
    ("given_text", "normalised"),
    [
        (" Kim.Lu@Example.COM ", "kim.lu@example.com"),
        ("mailto:kim@example.com", "kim@example.com"),
        ("kim+news@example.com", "kim+news@example.com"),
        ("kim@EXÄMPLE.com", "kim@exämple.com"),
        ("kim@xn--exmple-cua.com", "kim@exämple.com"),
        ("kim@a\u0308.com", "kim@ä.com"),
    ],
)
def test_emails_are_compared_in_one_form(given_text: str, normalised: str) -> None:
    assert normalise_email(given_text) == normalised


@pytest.mark.parametrize(
    "text", ["", "kim", "kim@", "@example.com", "kim@localhost", "Kim <kim@example.com>", "k im@x.com", "a@b@c.com", "x" * 250 + "@x.com"]
)
def test_what_is_no_email_is_none(text: str) -> None:
    assert normalise_email(text) is None


@given(st.text(max_size=80))
def test_any_text_normalises_once_and_for_all(text: str) -> None:
    once = normalise_email(text)

    assert once is None or normalise_email(once) == once


@pytest.mark.parametrize(
    "email",
    [
        "info@x.com",
        "no-reply@x.com",
        "noreply@x.com",
        "do_not_reply@x.com",
        "noreply-abc@x.com",
        "info+kim@x.com",
        "customer.service@x.com",
        "kontakt@x.com",
        "postmaster@x.com",
        "test@test.com",
    ],
)
def test_a_mailbox_of_a_function_is_not_personal(email: str) -> None:
    assert not is_personal(email)


@pytest.mark.parametrize("email", ["kim@x.com", "informa@x.com", "sales.kim@x.com", "teammate@x.com", "mail2kim@x.com"])
def test_a_person_s_mailbox_is_personal(email: str) -> None:
    assert is_personal(email)


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("+34 600 111 222", "+34600111222"),
        ("0034-600-111222", "+34600111222"),
        ("+1 (555) 010-9999", "+15550109999"),
        ("600111222", None),
        ("0000000000", None),
        ("+0000000000", None),
        ("+34 call me", None),
        ("+" + "9" * 16, None),
    ],
)
def test_phones_have_an_international_form_or_none(text: str, normalised: str | None) -> None:
    assert normalise_phone(text) == normalised


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


def test_keys_of_values_tell_kinds_apart() -> None:
    assert len(value_key("email", "x")) == 32
    assert value_key("email", "x") != value_key("phone", "x")


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
