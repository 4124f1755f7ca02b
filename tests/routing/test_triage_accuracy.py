"""How often triage is right: on developed and set-aside phrases, on rarer matters never tuned for, on three runs of a day's post."""

import json
from pathlib import Path

import msgspec
import pytest

from services.routing.triage import analyse
from services.routing.triage.console import triage_lines
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


def test_messages_that_no_training_has_seen_are_sorted_and_crises_and_buyers_are_heard() -> None:
    rows = [json.loads(line) for line in (Path(__file__).parent / "phrases_fresh.jsonl").read_text(encoding="utf-8").splitlines()]
    lines = [msgspec.json.encode({key: row[key] for key in ("id", "text", "context")}) for row in rows]

    told = [json.loads(line) for line in triage_lines(lines)]

    pairs = list(zip(rows, told, strict=True))
    assert sum(said["discipline"] in row["discipline"] for row, said in pairs) / len(pairs) >= 0.83
    assert sum(said["phase"] == row["phase"] for row, said in pairs) / len(pairs) >= 0.80
    assert sum(said["deserves_answer"] == ("silent" not in row["flags"]) for row, said in pairs) / len(pairs) >= 0.93
    for flag, recall in (("ready", 0.9), ("crisis", 0.8)):
        heard = [row for row, said in pairs if said[flag]]
        meant = [row for row, _ in pairs if flag in row["flags"]]
        right = [row for row in heard if flag in row["flags"]]
        assert len(right) >= recall * len(meant)
        assert len(heard) - len(right) <= 0.02 * len(rows)
