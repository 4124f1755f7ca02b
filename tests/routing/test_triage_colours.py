"""Urgency, feeling, flags, deadlines and the reasons given for them."""

from datetime import UTC, datetime

import pytest

from services.contracts.vocabulary import Addressed, Control, Discipline, Kind, Phase, Sentiment, Urgency
from services.routing.triage import Message, TriageResult, analyse

NOON = datetime(2031, 5, 6, 12, 0, tzinfo=UTC)


def judge(text: str, **context: object) -> TriageResult:
    return analyse([Message(id="1", text=text, **context)])[0]


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("This is the third time I write about my parcel", Urgency.HIGH),
        ("You charged me twice for the same lamp", Urgency.HIGH),
        ("How do I descale it?", Urgency.NORMAL),
        ("I love it", Urgency.LOW),
        ("It would be nice if you made it in green", Urgency.LOW),
    ],
)
def test_urgency_follows_what_waiting_costs(text: str, urgency: Urgency) -> None:
    assert judge(text).urgency is urgency


def test_urgency_gives_its_reasons() -> None:
    assert "money wrongly taken" in judge("You charged me twice for the same lamp").urgency_reasons
    assert judge("How do I descale it?").urgency_reasons == ()


def test_neutral_news_of_a_crisis_is_a_crisis_that_nobody_answers() -> None:
    result = judge(
        "Several people taken to hospital after eating at a Marbello branch, health office on site",
        kind=Kind.POST,
        public=True,
        addressed=Addressed.ABOUT_US,
        control=Control.THIRD_PARTY,
    )

    assert (result.crisis, result.discipline, result.urgency) == (True, Discipline.PR, Urgency.HIGH)


def test_praise_beside_a_fault_is_irony() -> None:
    result = judge("Great, it stopped working after one day. Fantastic quality.")

    assert (result.sentiment, result.discipline, result.complaint) == (Sentiment.NEGATIVE, Discipline.SERVICE, True)


def test_negated_praise_is_blame() -> None:
    assert judge("I am not happy").sentiment is Sentiment.NEGATIVE
    assert judge("I am happy").sentiment is Sentiment.POSITIVE


@pytest.mark.parametrize(
    "text", ["We are ready to buy, who can call us?", "Queremos comprar diez, ¿con quién hablo?", "Wir möchten jetzt bestellen"]
)
def test_who_says_that_he_buys_now_is_ready(text: str) -> None:
    result = judge(text)

    assert (result.ready, result.discipline) == (True, Discipline.SALES)


@pytest.mark.parametrize("text", ["How much is it?", "We are not ready to buy, maybe later", "I want to order a refund for the broken one"])
def test_who_only_asks_or_waits_is_not_ready(text: str) -> None:
    assert not judge(text).ready


def test_danger_said_of_many_is_a_crisis_and_one_unhappy_customer_is_not() -> None:
    assert judge("Several children were injured, the battery exploded and caught fire").crisis
    assert not judge("My lamp broke and I am really disappointed").crisis


def test_a_deadline_is_read_in_the_zone_of_the_message() -> None:
    result = judge("I am a journalist, I need a statement before 17:00", said_at=NOON)

    assert result.deadline == NOON.replace(hour=17)
    assert (result.discipline, result.phase, result.urgency) == (Discipline.PR, Phase.NONE, Urgency.HIGH)


def test_an_hour_that_has_passed_is_tomorrow() -> None:
    assert judge("Please answer by 9:30", said_at=NOON).deadline == datetime(2031, 5, 7, 9, 30, tzinfo=UTC)


def test_a_voice_from_the_staff_is_confidential() -> None:
    result = judge("I worked for you for ten years and was fired by text message", kind=Kind.COMMENT, public=True)

    assert (result.discipline, result.confidential) == (Discipline.HR, True)


def test_the_reason_quotes_the_words() -> None:
    result = judge("Hello, my kettle stopped working yesterday")

    assert result.why.startswith("Service after a purchase: ")
    assert '"stopped working" (fault)' in result.why
    assert "fault" in result.intents
    assert "fault" in result.topics
