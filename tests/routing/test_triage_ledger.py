"""Who may be left unanswered, and who never: the closed list of exemptions."""

from dataclasses import replace

import pytest

from services.contracts.vocabulary import Addressed, Control, Discipline, Kind
from services.routing.triage import Message, TriageResult, analyse

COMMENT = Message(id="1", text="", kind=Kind.COMMENT, public=True)
DIRECT = Message(id="2", text="")


def judge(message: Message, **changes: object) -> TriageResult:
    return analyse([replace(message, **changes)])[0]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": Kind.REACTION, "text": None}, "reaction"),
        ({"kind": Kind.FOLLOW, "text": None}, "reaction"),
        ({"text": "🔥🔥"}, "emoji"),
        ({"text": "hahaha lol"}, "emoji"),
        ({"text": "@nora look at this one"}, "tag"),
        ({"text": "schau mal haha", "mentions": 1}, "tag"),
        ({"text": "Just take the bigger one, I use it daily", "answers_peer": True}, "peer"),
        ({"text": "Earn 900 euros a day from home, click here http://cash.example"}, "spam"),
        ({"text": "See you all at the station then", "addressed": Addressed.OTHERS, "control": Control.THIRD_PARTY}, "not_to_us"),
    ],
)
def test_these_are_exempt(changes: dict[str, object], reason: str) -> None:
    result = judge(COMMENT, **changes)

    assert (result.deserves_answer, result.exempt_reason, result.discipline) == (False, reason, Discipline.NONE)


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "???"},
        {"text": "@nora look, and it broke after one day"},
        {"text": "The bigger one leaks as well", "answers_peer": True},
        {"text": "Love it!"},
        {"text": "You people are a disgrace"},
        {"text": "Why not offer it in green too?"},
        {"text": "qwzx vbnm", "has_attachment": True},
        {"text": None, "has_attachment": True},
        {"text": "Broken again", "kind": Kind.REVIEW, "rating": 1.0},
        {"text": None, "kind": Kind.REVIEW, "rating": 5.0},
    ],
)
def test_questions_complaints_suggestions_reviews_and_praise_stay_owed(changes: dict[str, object]) -> None:
    result = judge(COMMENT, **changes)

    assert (result.deserves_answer, result.exempt_reason) == (True, None)


@pytest.mark.parametrize("text", ["👍", "ok", "", None, "haha", "@nora look", "zzz"])
def test_a_direct_message_that_we_never_answered_stays_owed(text: str | None) -> None:
    assert judge(DIRECT, text=text).deserves_answer


@pytest.mark.parametrize(
    "text", ["ok thanks", "vale, gracias", "merci, c'est réglé", "alles klar, danke", "obrigado, já resolvi", "perfetto grazie"]
)
def test_bare_thanks_close_only_a_thread_that_we_answered(text: str) -> None:
    assert judge(DIRECT, text=text, answers_us=True).exempt_reason == "closing"
    assert judge(DIRECT, text=text, answers_us=False).deserves_answer


@pytest.mark.parametrize(
    "text", ["Thanks, but it still does not work", "ok thanks, and what does the big one cost?", "Thank you, your team is brilliant"]
)
def test_thanks_that_bring_something_else_stay_owed(text: str) -> None:
    assert judge(DIRECT, text=text, answers_us=True).deserves_answer


def test_what_no_rule_understands_goes_to_service_with_little_confidence() -> None:
    result = judge(DIRECT, text="blorp fnord")

    assert (result.discipline, result.deserves_answer) == (Discipline.SERVICE, True)
    assert result.confidence < 0.3
    assert "stays owed" in result.why
