"""How often triage is right: on developed and set-aside phrases, on rarer matters never tuned for, on three runs of a day's post."""

import pytest

from services.routing.triage import analyse
from tests.routing.triage_phrases import is_sorted, measure, read_phrases


@pytest.mark.parametrize(("name", "floor"), [("phrases.jsonl", 0.90), ("phrases_holdout.jsonl", 0.85)])
def test_most_phrases_get_their_labels(name: str, floor: float) -> None:
    accuracy = measure(read_phrases(name))

    assert accuracy.discipline >= floor
    assert accuracy.phase >= floor
    assert accuracy.deserves_answer >= floor


def test_matters_off_the_beaten_track_are_sorted_more_often_than_not_and_never_silenced() -> None:
    accuracy = measure(read_phrases("phrases_wide.jsonl"))

    assert accuracy.discipline >= 0.65
    assert accuracy.phase >= 0.75
    assert accuracy.deserves_answer >= 0.95


@pytest.mark.parametrize("run", ["a", "b", "c"])
def test_a_days_post_reaches_the_right_discipline(run: str) -> None:
    post = [phrase for phrase in read_phrases("scenario_b.jsonl") if phrase.message.id.startswith(run)]

    results = analyse([phrase.message for phrase in post])

    assert len(post) == 20
    assert sum(is_sorted(phrase, result) for phrase, result in zip(post, results, strict=True)) >= 17
    assert [result.deserves_answer for result in results] == [phrase.deserves_answer for phrase in post]


@pytest.mark.parametrize("name", ["phrases.jsonl", "phrases_holdout.jsonl"])
def test_every_language_is_recognised(name: str) -> None:
    phrases = read_phrases(name)

    languages = {result.language for result in analyse([phrase.message for phrase in phrases])}

    assert languages >= {"en", "es", "fr", "de", "pt", "it"}
