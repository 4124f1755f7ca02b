"""Whose word counts, and what is a keyword (W9): pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.consent import STRICTNESS, ConsentWord, Way, newest_word
from services.contracts.ids import ChannelId
from services.contracts.vocabulary import ConsentState, Kind
from services.identity.consent.hearing import candidates, said_by
from services.identity.consent.keywords import OPT_IN, OPT_OUT, is_among
from services.identity.consent.page import language_of
from services.identity.consent.settings import BROUGHT
from services.kit.ids import new_id
from tests.identity.consent.said import message
from tests.identity.service import NOW

AT = datetime(2026, 1, 1, tzinfo=UTC)
CHANNEL = ChannelId(new_id())
words = st.builds(
    ConsentWord,
    purpose=st.sampled_from(["marketing", "service"]),
    state=st.sampled_from(ConsentState),
    at=st.integers(0, 5).map(lambda day: AT + timedelta(days=day)),
    network=st.sampled_from(["", "telegram", "email"]),
    channel_id=st.sampled_from([None, CHANNEL]),
)


@given(said=st.lists(words, max_size=8), data=st.data())
def test_w9_the_word_that_counts_does_not_depend_on_the_order_of_hearing(said: list[ConsentWord], data: st.DataObject) -> None:
    way = Way(networks=["telegram"], channel_id=CHANNEL)
    shuffled = data.draw(st.permutations(said))
    one, other = (newest_word(each, purpose="marketing", way=way) for each in (said, shuffled))
    assert (one and (one.at, one.state)) == (other and (other.at, other.state))


def test_w9_a_later_word_counts_whatever_its_breadth() -> None:
    broad = ConsentWord(purpose="marketing", state=ConsentState.DENIED, at=AT)
    narrow = ConsentWord(purpose="marketing", state=ConsentState.GRANTED, at=AT + timedelta(days=1), network="telegram")
    here, elsewhere = Way(networks=["telegram"]), Way(networks=["email"])
    assert newest_word([narrow, broad], purpose="marketing", way=here) is narrow
    assert newest_word([narrow, broad], purpose="marketing", way=elsewhere) is broad


def test_w9_at_one_instant_the_stricter_word_counts() -> None:
    said = [ConsentWord(purpose="marketing", state=state, at=AT) for state in ConsentState]
    for lax, strict in pairwise(sorted(said, key=lambda word: STRICTNESS[word.state])):
        assert newest_word([strict, lax], purpose="marketing", way=Way(networks=[])) is strict


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop", " Stop! ", "S\u200bTOP", "stop.\n", "STOPP", "Arrêt", "arret", "¡Baja!", "unsubscribe", "/stop", "Darme  de baja"],
)
def test_w9_a_keyword_is_known_in_any_dress(text: str) -> None:
    assert is_among(text, OPT_OUT)


@pytest.mark.parametrize("text", ["stop that", "please stop", "don't stop", "", "...", "non-stop", "baja la música"])
def test_w9_a_message_that_says_more_is_no_keyword(text: str) -> None:
    assert not is_among(text, OPT_OUT)


def test_w9_a_platform_s_start_button_is_no_yes() -> None:
    assert said_by(message("/start"), BROUGHT) == []
    assert [each.state for each in said_by(message("Start"), BROUGHT)] == [ConsentState.GRANTED]


def test_w9_only_direct_messages_of_people_are_heard() -> None:
    direct = message("STOP")
    assert candidates([direct, message("STOP", kind=Kind.COMMENT), message("x" * 200)]) == [direct]


def test_w9_nobody_speaks_after_being_heard() -> None:
    ahead = message("STOP", at=NOW + timedelta(days=900))
    assert {each.at for each in said_by(replace(ahead, received_at=NOW), BROUGHT)} == {NOW}


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=120))
def test_w9_no_text_says_yes_and_no(text: str) -> None:
    assert not (is_among(text, OPT_OUT) and is_among(text, OPT_IN))


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("", "en"), ("es-MX,es;q=0.9,en;q=0.8", "es"), ("de;q=0.5, fr", "fr"), ("ja", "en"), ("ja, de;q=x", "en"), ("fr;q=0, de", "de")],
)
def test_w9_the_page_speaks_the_best_language_of_ours(accepted: str, language: str) -> None:
    assert language_of(accepted) == language
