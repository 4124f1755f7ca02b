"""Values in the form in which they are compared: addresses, numbers, handles, names, links, places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.matching import is_personal, normalise_email, normalise_phone, value_key
from services.identity.matching.facts import Described, Key, read_facts
from services.identity.matching.normalising.emails import comparable_email, own_domain
from services.identity.matching.normalising.handles import bits_of, normalise_handle, stem_of
from services.identity.matching.normalising.links import Account, Site, normalise_link
from services.identity.matching.normalising.names import NameFit, fit_names, read_name
from services.identity.matching.normalising.phones import is_own_phone
from services.identity.matching.normalising.places import normalise_birth, normalise_place
from services.identity.matching.normalising.slips import distance, is_slip


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
        "asdf@asdf.com",
        "kim@mailinator.com",
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
        ("+34 600 11", None),
    ],
)
def test_phones_have_an_international_form_or_none(text: str, normalised: str | None) -> None:
    assert normalise_phone(text) == normalised


def test_a_number_without_a_country_is_read_in_the_region_given() -> None:
    assert normalise_phone("600 111 222", region="ES") == "+34600111222"
    assert normalise_phone("call me", region="ES") is None


@pytest.mark.parametrize("phone", ["+340000000000", "+34000000000", "+341234567890", "+34666666666", "+15557654321"])
def test_numbers_typed_to_get_past_a_form_are_nobody_s(phone: str) -> None:
    assert not is_own_phone(phone)


@pytest.mark.parametrize("phone", ["+34600111222", "+15615851102", "+442079460018"])
def test_ordinary_numbers_are_somebody_s(phone: str) -> None:
    assert is_own_phone(phone)


@pytest.mark.parametrize(
    ("email", "compared"),
    [
        ("kim.lu+news@gmail.com", "kimlu@gmail.com"),
        ("kimlu@googlemail.com", "kimlu@gmail.com"),
        ("kim.lu+news@outlook.com", "kim.lu@outlook.com"),
        ("kim+news@example.com", "kim+news@example.com"),
    ],
)
def test_only_what_a_provider_documents_is_dropped_from_an_address(email: str, compared: str) -> None:
    assert comparable_email(email) == compared


def test_all_spellings_of_a_mailbox_have_one_key_and_kinds_are_told_apart() -> None:
    assert value_key("email", "kim.lu@gmail.com") == value_key("email", "kimlu+a@googlemail.com")
    assert value_key("email", "kim.lu@example.com") != value_key("email", "kimlu@example.com")
    assert len(value_key("email", "x")) == 32
    assert value_key("email", "x") != value_key("phone", "x")


def test_a_domain_of_many_people_is_nobody_s_own() -> None:
    assert own_domain("kim@gmail.com") is None
    assert own_domain("kim@lu.example") == "lu.example"


@pytest.mark.parametrize(
    ("handle", "compared"),
    [
        ("@Kim.Lu", "kimlu"),
        ("kim_lu@mastodon.example", "kimlu"),
        ("\u043aim-lu", "\u043aimlu"),
        ("\u0440\u0430ul", "paul"),
        ("kim\u200blu", "kimlu"),
        ("\uff2bim", "kim"),
        ("...", ""),
    ],
)
def test_handles_that_look_the_same_are_the_same(handle: str, compared: str) -> None:
    assert normalise_handle(handle) == compared


@pytest.mark.parametrize(
    ("handle", "stem"),
    [
        ("realkimberly_x", ("kimberly", "")),
        ("the.kimberly99", ("kimberly", "99")),
        ("kimberly_", ("kimberly", "")),
        ("kim", ("", "")),
    ],
)
def test_decoration_is_no_part_of_a_handle_s_stem(handle: str, stem: tuple[str, str]) -> None:
    assert stem_of(handle) == stem


def test_a_handle_made_of_the_name_says_less_than_another() -> None:
    assert bits_of("mariaclark", known=frozenset({"maria", "clark"})) < bits_of("moonrider287", known=frozenset({"maria", "clark"}))


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://www.instagram.com/Kim.Lu/?igshid=1", Account("instagram", "kimlu")),
        ("https://twitter.com/kimlu", Account("x", "kimlu")),
        ("x.com/kimlu", Account("x", "kimlu")),
        ("https://bsky.app/profile/kim.example", Account("bluesky", "kimexample")),
        ("https://www.youtube.com/@kimlu", Account("youtube", "kimlu")),
        ("https://old.example/@kimlu", Account("mastodon", "kimlu")),
        ("bluesky:@kimlu", Account("bluesky", "kimlu")),
        ("https://kim-lu.example/about", Site("kim-lu.example")),
        ("https://linktr.ee/kimlu", Site("linktr.ee/kimlu")),
        ("https://x.com/kimlu/status/1", None),
        ("https://instagram.com/explore", None),
        ("https://bit.ly/abc", None),
        ("https://t.co/abc", None),
        ("ftp://kim.example", None),
        ("http://[", None),
        ("no link", None),
        ("", None),
    ],
)
def test_links_show_accounts_and_sites(link: str, shown: Account | Site | None) -> None:
    assert normalise_link(link) == shown


@pytest.mark.parametrize(
    ("one", "other", "fit"),
    [
        ("Kim Lu", "kim lu \u2728", NameFit.FULL),
        ("Lu, Kimberley", "Kimberley Lu", NameFit.FULL),
        ("Dr. Jos\u00e9 Garc\u00eda L\u00f3pez", "Jose Garcia", NameFit.FULL),
        ("Ludwig van Beethoven", "Ludwig Beethoven", NameFit.FULL),
        ("Isla Hall", "Hall Isla", NameFit.FULL),
        ("Bob Miller", "Robert Miller", NameFit.FORM),
        ("Kenny Foster", "Kenneth Foster", NameFit.FORM),
        ("Pepe Ruiz", "Jos\u00e9 Ruiz", NameFit.FORM),
        ("Bryann Kok", "Bryan Kok", NameFit.FORM),
        ("Dereck D.", "Dereck Dorsey", NameFit.INITIAL),
        ("D. Dorsey", "Dereck Dorsey", NameFit.INITIAL),
        ("Dereck", "Dereck Dorsey", NameFit.FIRST),
        ("Maria L", "Maria Lopez", NameFit.INITIAL),
        ("Ethan M.", "Ethan P.", NameFit.OTHER_FAMILY),
        ("Maria Lopez", "Maria Ruiz", NameFit.OTHER_FAMILY),
        ("Maria Lopez", "Juan Lopez", NameFit.HOUSEHOLD),
        ("Maria Lopez", "Marta Lopez", NameFit.HOUSEHOLD),
        ("Paul Kerr", "Paula Kerr", NameFit.HOUSEHOLD),
        ("Daniel Kerr", "Daniela Kerr", NameFit.HOUSEHOLD),
        ("Maria", "Juan", NameFit.CONFLICT),
        ("Ana Ruiz", "Juan Lopez", NameFit.CONFLICT),
        ("Scatletr Payne", "Scarlett Payne", NameFit.GARBLED),
        ("", "Kim Lu", NameFit.UNKNOWN),
        ("\U0001f600", "Kim Lu", NameFit.UNKNOWN),
    ],
)
def test_names_go_together_or_not(one: str, other: str, fit: NameFit) -> None:
    assert fit_names(read_name(one), read_name(other)) is fit
    assert fit_names(read_name(other), read_name(one)) is fit


def test_a_name_that_is_the_handle_again_is_none() -> None:
    assert read_name("kim_lu99", handle="kim_lu99") is None


@pytest.mark.parametrize(
    ("one", "other", "letters"), [("kim", "kim", 0), ("kim", "kmi", 1), ("kim", "him", 1), ("kim", "kimi", 1), ("kim", "lu", 2)]
)
def test_distance_counts_slips(one: str, other: str, letters: int) -> None:
    assert distance(one, other, limit=1) == distance(other, one, limit=1) == letters


def test_another_ending_is_another_name_not_a_slip() -> None:
    assert is_slip("bryan", "brian")
    assert not is_slip("julia", "julie")
    assert not is_slip("angel", "angela")


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_read_and_compared_either_way(one: str, other: str) -> None:
    assert normalise_handle(one).strip("@ ._-") == normalise_handle(one)
    assert normalise_link(one) is None or isinstance(normalise_link(one), Account | Site)
    assert fit_names(read_name(one), read_name(other)) is fit_names(read_name(other), read_name(one))


@pytest.mark.parametrize(
    ("text", "place"), [("Sevilla, Espa\u00f1a", "sevilla"), ("\U0001f4cd Le\u00f3n", "leon"), ("Earth", ""), ("", "")]
)
def test_a_place_is_its_town(text: str, place: str) -> None:
    assert normalise_place(text) == place


@pytest.mark.parametrize(("text", "birth"), [("1971-06-24", "1971-06-24"), ("1971-01-01", ""), ("24.06.71", ""), ("", "")])
def test_a_date_of_birth_is_one_or_none(text: str, birth: str) -> None:
    assert normalise_birth(text) == birth


def test_facts_hold_what_can_be_somebody_s_and_nothing_else() -> None:
    facts = read_facts(
        Described(
            id="1",
            network="X",
            external_id="7",
            handle="@Kim.Lu",
            name="Kim Lu",
            location="Porto, Portugal",
            emails=(("Kim.Lu@gmail.com", True), ("info@acme.example", True), ("nonsense", False)),
            phones=(("+34 600 111 222", False), ("0000000000", True), ("+34 666 666 666", True)),
            links=("https://x.com/kimlu", "bluesky:@kimlu", "https://kim.example", "https://bit.ly/1"),
            attributes={"crm:sales": "77", "dob": "1971-06-24", "rel_me": "true"},
        )
    )

    assert facts.claimed == {Key("email", "kimlu@gmail.com"), Key("phone", "+34600111222")}
    assert facts.verified == {Key("email", "kimlu@gmail.com")}
    assert facts.accounts == {Key("account", "bluesky:kimlu")}
    assert facts.sites == {Key("site", "kim.example")}
    assert facts.references == {Key("reference", "crm:sales:77")}
    assert (facts.place, facts.birth, facts.confirmed_links) == ("porto", "1971-06-24", True)
