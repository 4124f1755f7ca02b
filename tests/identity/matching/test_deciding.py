"""What becomes of a profile beside those it may belong to, and why (W4, W5)."""

from typing import Any
from uuid import UUID

import orjson
import pytest

from services.identity.matching.deciding import explain
from services.identity.matching.facts import Described, Facts, read_facts
from services.identity.matching.joining import join_profiles
from services.identity.resolving.placing import FIRST_SEEN
from tests.identity.matching.placing import Placed, placed


def person(key: str, name: str = "", **told: Any) -> Facts:
    told.setdefault("network", "mastodon")
    emails = tuple((email.lstrip("!"), email.startswith("!")) for email in told.pop("emails", ()))
    phones = tuple((phone.lstrip("!"), phone.startswith("!")) for phone in told.pop("phones", ()))
    return read_facts(Described(id=_id(key), external_id=key, name=name, emails=emails, phones=phones, **told))


def decided(profile: Facts, *others: Facts, apart: tuple[tuple[str, str], ...] = ()) -> Placed:
    return placed(profile, others, apart=apart)


def _id(key: str) -> str:
    return str(UUID(int=int(key)))


def contacts(*keys: str) -> frozenset[str]:
    """The contacts that were made for these people."""
    return frozenset(map(_id, keys))


CERTAIN_OR_AGREEING = [
    ({"emails": ["!kim@lu.example"]}, {"emails": ["!kim@lu.example"]}, "verified_email"),
    ({"name": "Kim Lu", "phones": ["!+34600111222"]}, {"name": "K. Lu", "phones": ["!+34600111222"]}, "verified_phone"),
    ({"handle": "kimlu", "links": ("x:@lu7",)}, {"network": "x", "handle": "lu7", "links": ("mastodon:@kimlu",)}, "reciprocal_links"),
    ({"attributes": {"crm:sales": "7"}}, {"attributes": {"crm:sales": "7"}}, "crm_key"),
    ({"attributes": {"visitor_id": "7"}}, {"attributes": {"visitor_id": "7"}}, "crm_key"),
    ({"name": "Kim Lu", "emails": ["kim@lu.example"]}, {"name": "Kimberley Lu", "emails": ["!kim@lu.example"]}, "email"),
    ({"name": "Kim Lu", "phones": ["+34600111222"]}, {"name": "Kim L.", "phones": ["+34600111222"]}, "phone"),
    ({"name": "Kim Lu", "links": ("x:@lu7",)}, {"network": "x", "name": "Kim Lu", "handle": "lu7"}, "one_way_link"),
    (
        {"name": "Kim Lu", "links": ("x:@lu7",), "attributes": {"rel_me": "true"}},
        {"network": "x", "name": "Kim Lu", "handle": "lu7"},
        "confirmed_link",
    ),
    ({"name": "Kim Lu", "links": ("https://lu.example",)}, {"name": "Kim", "links": ("lu.example",)}, "own_site"),
    ({"name": "Orla Quigg", "handle": "moonrider287"}, {"name": "Orla Q.", "handle": "moonrider287", "network": "x"}, "handle_and_name"),
]


@pytest.mark.parametrize(("one", "other", "rule"), CERTAIN_OR_AGREEING)
def test_certain_evidence_and_medium_with_agreeing_names_attach(one: dict[str, Any], other: dict[str, Any], rule: str) -> None:
    decision = decided(person("2", **one), person("1", **other))

    assert (decision.beside, decision.reason.rule) == (contacts("1"), rule)
    assert decision.reason.score > 0.5
    assert rule in {"handle_and_name", *(sign["rule"] for sign in orjson.loads(decision.reason.evidence))}
    assert decision.reason.explanation.endswith(".")


NOT_LINKED = [
    ({"emails": ["!info@acme.example"]}, {"emails": ["!info@acme.example"]}),
    ({"name": "Maria Lopez", "phones": ["!+34600111222"]}, {"name": "Juan Lopez", "phones": ["!+34600111222"]}),
    ({"name": "Maria Lopez", "emails": ["!lopez@lopez.example"]}, {"name": "Juan Lopez", "emails": ["!lopez@lopez.example"]}),
    ({"name": "Ana Ruiz", "emails": ["kim@lu.example"]}, {"name": "Kim Lu", "emails": ["kim@lu.example"]}),
    ({"name": "Ana Ruiz", "links": ("x:@lu7",)}, {"network": "x", "name": "Kim Lu", "handle": "lu7"}),
    ({"name": "Maria L"}, {"name": "Maria Lopez"}),
    ({"name": "Kim Lu"}, {"name": "Kim Lu"}),
    ({"name": "Ana Ruiz", "handle": "sunny"}, {"name": "Kim Lu", "handle": "sunny", "network": "x"}),
    ({"handle": "moonrider287"}, {"name": "Kim Lu", "handle": "moonrider287", "network": "x"}),
    ({"attributes": {"picture_hash": "77"}}, {"attributes": {"picture_hash": "77"}}),
    ({"location": "Porto"}, {"location": "Porto"}),
    ({"name": "Ethan M.", "handle": "catgeek570"}, {"name": "Ethan P.", "handle": "catgeek936", "network": "x"}),
]


@pytest.mark.parametrize(("one", "other"), NOT_LINKED)
def test_nothing_else_links(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert decided(person("2", **one), person("1", **other)).beside == contacts()


def test_a_name_and_a_handle_made_of_it_are_a_question_not_a_link() -> None:
    pair = [
        person("2", "Maria Lopez", network="instagram", handle="maria_lopez_art", location="Valencia"),
        person("1", "Maria Lopez", network="crm", emails=["!maria.lopez@example.com"]),
    ]

    (asked,) = join_profiles(pair, population=10).suggestions

    assert decided(*pair).beside == contacts()
    assert (asked.one, asked.other) == (_id("1"), _id("2"))
    assert explain(asked).startswith("They have the same name")


def test_one_profile_may_show_that_two_contacts_are_one() -> None:
    decision = decided(
        person("3", "Kim Lu", emails=["!kim@lu.example", "!kim@work.example"]),
        person("1", "Kim Lu", emails=["!kim@lu.example"]),
        person("2", "K. Lu", emails=["!kim@work.example"]),
    )

    assert decision.beside == contacts("1", "2")
    assert decision.reason.explanation == (
        "Beside a mastodon profile of this contact: they have the same verified e-mail address and they have the same name."
    )


def test_what_was_rejected_is_neither_linked_nor_asked_again() -> None:
    same = [person("2", "Kim Lu", emails=["!kim@lu.example"]), person("1", "Kim Lu", emails=["!kim@lu.example"])]

    decision = decided(*same, apart=((_id("1"), _id("2")),))

    assert (decision.beside, decision.reason.rule) == (contacts(), FIRST_SEEN)
    assert decision.reason.explanation.endswith("but somebody said that they are two people.")
    assert join_profiles(same, apart={(_id("1"), _id("2"))}, population=10).suggestions == []


def test_two_records_of_one_system_stay_two() -> None:
    decision = decided(
        person("2", "Kim Lu", network="crm", emails=["!kim@lu.example"]), person("1", "Kim Lu", network="crm", emails=["!kim@lu.example"])
    )

    assert decision.beside == contacts()
    assert decision.reason.explanation.endswith("but a system that keeps one record per person has two for them.")


def test_several_accounts_of_one_network_can_be_one_person_s() -> None:
    decision = decided(
        person("2", "Kim Lu", handle="kim_work", emails=["!kim@lu.example"]),
        person("1", "Kim Lu", handle="kim", emails=["!kim@lu.example"]),
    )

    assert decision.beside == contacts("1")


def test_a_family_s_address_names_nobody_without_a_name() -> None:
    family = [
        person("1", "Maria Lopez", emails=["!lopez@lopez.example"]),
        person("2", "Juan Lopez", emails=["!lopez@lopez.example"]),
    ]

    assert decided(person("3", emails=["!lopez@lopez.example"]), *family).beside == contacts()
    assert decided(person("4", "Maria L.", emails=["!lopez@lopez.example"]), *family).beside == contacts("1")


def test_planted_values_merge_nobody() -> None:
    planted = ["!info@acme.example", "!noreply@mail.example", "!test@test.com"]
    numbers = ["!0000000000", "!+34 1234567890", "!+34 666 666 666"]
    names = ["Ana Ruiz", "Ben Kerr", "Carla Voss", "Dora Lind", "Emil Haas", "Finn Berg", "", "", ""]
    people = [person(str(n), name, emails=planted, phones=numbers) for n, name in enumerate(names)]

    joined = join_profiles(people)

    assert len(joined.members()) == len(people)
    assert joined.suggestions == []


def test_a_value_of_too_many_says_nothing() -> None:
    crowd = [person(f"{n:02d}", network="x" if n % 2 else "mastodon", emails=["!kim@lu.example"]) for n in range(20)]

    assert len(join_profiles(crowd).members()) == len(crowd)
