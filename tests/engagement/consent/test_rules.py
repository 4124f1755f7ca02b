"""What may go out, by what people said (W9): pure."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.consent import CONTACT, MARKETING, RESEARCH, SERVICE, ConsentWord, Way
from services.contracts.ids import ChannelId
from services.contracts.vocabulary import ConsentState
from services.engagement.consent.rules import BROUGHT, Sending, find_refusal
from services.kit.ids import new_id

AT = datetime(2026, 1, 10, tzinfo=UTC)
BEFORE, AFTER = AT - timedelta(days=1), AT + timedelta(days=1)
GRANTED, DENIED, WITHDRAWN, UNKNOWN = ConsentState.GRANTED, ConsentState.DENIED, ConsentState.WITHDRAWN, ConsentState.UNKNOWN
HERE, ELSEWHERE = ChannelId(new_id()), ChannelId(new_id())
WAY = Way(networks=["telegram"], channel_id=HERE)


def word(purpose: str, state: ConsentState, network: str = "", channel: ChannelId | None = None) -> ConsentWord:
    return ConsentWord(purpose=purpose, state=state, at=AT, network=network, channel_id=channel)


def because(purpose: str, *said: ConsentWord, answers_at: datetime | None = None) -> str | None:
    found = find_refusal(said, Sending(purpose=purpose, way=WAY, answers_at=answers_at), purposes=BROUGHT)
    return found.because if found else None


@pytest.mark.parametrize(
    ("purpose", "said", "answers_at", "expected"),
    [
        # Nobody said anything.
        (SERVICE, [], None, None),
        (SERVICE, [], AT, None),
        (RESEARCH, [], None, None),
        (MARKETING, [], None, "not_granted"),
        (MARKETING, [], AFTER, "not_granted"),
        ("unheard_of", [], None, "not_granted"),
        # Marketing: a yes, and nothing else, lets it go.
        (MARKETING, [word(MARKETING, GRANTED)], None, None),
        (MARKETING, [word(MARKETING, GRANTED, "telegram")], None, None),
        (MARKETING, [word(MARKETING, GRANTED, "email")], None, "not_granted"),
        (MARKETING, [word(MARKETING, GRANTED, "telegram", ELSEWHERE)], None, "not_granted"),
        (MARKETING, [word(MARKETING, UNKNOWN)], None, "not_granted"),
        (MARKETING, [word(MARKETING, WITHDRAWN)], AFTER, "refused"),
        # Who opted out of marketing is still answered, and written to about their matters.
        (SERVICE, [word(MARKETING, WITHDRAWN)], BEFORE, None),
        (SERVICE, [word(MARKETING, WITHDRAWN)], None, None),
        # Who refuses service is answered when they write anew.
        (SERVICE, [word(SERVICE, DENIED)], None, "refused"),
        (SERVICE, [word(SERVICE, DENIED)], BEFORE, "refused"),
        (SERVICE, [word(SERVICE, DENIED)], AFTER, None),
        (RESEARCH, [word(RESEARCH, DENIED)], AFTER, "refused"),
        # Do not contact.
        (SERVICE, [word(CONTACT, DENIED)], None, "do_not_contact"),
        (SERVICE, [word(CONTACT, DENIED)], AT, "do_not_contact"),
        (SERVICE, [word(CONTACT, DENIED)], AFTER, None),
        (RESEARCH, [word(CONTACT, DENIED)], AFTER, "do_not_contact"),
        (MARKETING, [word(CONTACT, DENIED), word(MARKETING, GRANTED)], AFTER, "do_not_contact"),
        (SERVICE, [word(CONTACT, DENIED, "email")], None, None),
        (SERVICE, [word(CONTACT, DENIED, "telegram", HERE)], None, "do_not_contact"),
        (SERVICE, [word(CONTACT, DENIED, "", ELSEWHERE)], None, None),
        (SERVICE, [word(CONTACT, UNKNOWN)], None, None),
    ],
)
def test_w9_what_may_go_out(purpose: str, said: list[ConsentWord], answers_at: datetime | None, expected: str | None) -> None:
    assert because(purpose, *said, answers_at=answers_at) == expected


words = st.builds(
    ConsentWord,
    purpose=st.sampled_from([CONTACT, SERVICE, MARKETING]),
    state=st.sampled_from(ConsentState),
    at=st.sampled_from([BEFORE, AT, AFTER]),
    network=st.sampled_from(["", "telegram", "email"]),
    channel_id=st.sampled_from([None, HERE, ELSEWHERE]),
)


@given(said=st.lists(words, max_size=8), purpose=st.sampled_from([SERVICE, MARKETING, RESEARCH]), data=st.data())
def test_w9_what_may_go_out_does_not_depend_on_the_order_of_hearing(said: list[ConsentWord], purpose: str, data: st.DataObject) -> None:
    answers_at = data.draw(st.sampled_from([None, BEFORE, AT, AFTER]))
    shuffled = data.draw(st.permutations(said))
    assert because(purpose, *said, answers_at=answers_at) == because(purpose, *shuffled, answers_at=answers_at)


@given(said=st.lists(words, max_size=8))
def test_w9_who_writes_after_everything_they_said_is_always_answered(said: list[ConsentWord]) -> None:
    assert because(SERVICE, *said, answers_at=AFTER + timedelta(seconds=1)) is None
