"""One JSON line in, one out: the shape of `rapport triage`."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.triage.console import triage_line

FIELDS = [
    "id", "language", "sentiment", "intents", "urgency", "phase", "discipline", "ready", "crisis", "complaint", "suggestion", "spam",
    "deserves_answer", "why",
]  # fmt: skip


def ask(text: str | None, **context: object) -> dict[str, object]:
    answer: dict[str, object] = json.loads(triage_line(json.dumps({"id": "a", "text": text, "context": context}).encode()))
    return answer


def test_a_line_is_answered_with_all_fields() -> None:
    answer = ask("My order has not arrived", kind="email", public=False, bought_before=True)

    assert list(answer) == FIELDS
    assert (answer["id"], answer["discipline"], answer["phase"], answer["language"]) == ("a", "service", "post", "en")


def test_the_context_may_be_absent() -> None:
    answer = json.loads(triage_line(b'{"id": 7, "text": "How much is the lamp?"}'))

    assert (answer["id"], answer["discipline"], answer["phase"]) == (7, "sales", "purchase")


def test_a_post_that_names_nobody_owes_nothing_and_one_that_blames_a_name_does() -> None:
    assert not ask("anyone know a cheap laptop for school?", kind="post")["deserves_answer"]
    assert ask("never again, what a terrible lamp by Norvik", kind="post")["deserves_answer"]


def test_closing_thanks_owe_nothing() -> None:
    assert not ask("Perfect, thanks, works now", kind="direct")["deserves_answer"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nope",
        b"[]",
        b'{"id": 1}',
        b'{"id": 1, "text": 5}',
        b'{"id": 1, "text": "a", "context": {"kind": "fax"}}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_malformed_line_is_answered_with_an_error(line: bytes) -> None:
    answer = json.loads(triage_line(line))

    assert answer["id"] is None
    assert answer["error"]


@given(st.binary())
def test_no_line_raises(line: bytes) -> None:
    assert json.loads(triage_line(line))


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    assert "why" in json.loads(triage_line(json.dumps({"id": "a", "text": text}).encode()))
