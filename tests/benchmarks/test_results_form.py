"""results.json: its form, its medians, what stays in it. Nothing is measured here."""

import json
from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.results import alone, compared

MACHINE = {"cores": 2}
FIELDS = {"name", "figure", "unit", "ours", "theirs", "runs", "how"}


def written(file: Path) -> dict[str, object]:
    document: dict[str, object] = json.loads(file.read_text())
    return document


def names(file: Path) -> list[str]:
    found = written(file)["results"]
    assert isinstance(found, list)
    return [each["name"] for each in found]


def test_the_file_has_exactly_the_agreed_form(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    measured = [
        compared("ingest_vs_pgbench", ours=[300.0, 100.0, 200.0], theirs=[400.0, 500.0, 600.0], unit="rows per second", how="so"),
        alone("idle_memory_mb", runs=[410.0, 400.0, 420.0], unit="MB", how="otherwise"),
    ]

    assert results.write(measured, machine=MACHINE, revision="abc", whole=False, file=file)

    assert written(file) == {
        "machine": MACHINE,
        "revision": "abc",
        "results": [
            {"name": "idle_memory_mb", "figure": 410, "unit": "MB", "ours": 410, "theirs": None, "runs": 3, "how": "otherwise"},
            {
                "name": "ingest_vs_pgbench",
                "figure": 0.4,
                "unit": "ratio of rows per second",
                "ours": 200,
                "theirs": 500,
                "runs": 3,
                "how": "so",
            },
        ],
    }


def test_a_comparison_is_the_quotient_of_the_medians_and_not_the_median_of_quotients() -> None:
    found = compared("x", ours=[1.0, 2.0, 900.0], theirs=[4.0, 8.0, 8.0], unit="rows per second", how="")

    assert (found.ours, found.theirs, found.figure) == (2, 8, 0.25)


def test_other_figures_of_the_same_revision_stay(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    assert results.write([alone("a", runs=[1.0], unit="ms", how="")], machine=MACHINE, revision="abc", whole=True, file=file)
    assert results.write([alone("b", runs=[2.0], unit="ms", how="")], machine=MACHINE, revision="abc", whole=False, file=file)
    assert names(file) == ["a", "b"]


def test_only_a_whole_run_takes_the_place_of_another_revisions_figures(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    assert results.write([alone("a", runs=[1.0], unit="ms", how="")], machine=MACHINE, revision="abc", whole=True, file=file)
    before = file.read_bytes()

    assert not results.write([alone("b", runs=[3.0], unit="ms", how="")], machine=MACHINE, revision="def", whole=False, file=file)
    assert file.read_bytes() == before

    assert results.write([alone("b", runs=[3.0], unit="ms", how="")], machine=MACHINE, revision="def", whole=True, file=file)
    assert names(file) == ["b"]


def test_the_committed_figures_have_the_form_and_come_from_three_runs_at_least() -> None:
    if not results.FILE.exists():
        pytest.skip("no figures were written yet: make bench")
    document = written(results.FILE)
    assert document.keys() == {"machine", "revision", "results"}
    found = document["results"]
    assert isinstance(found, list)
    assert all(each.keys() == FIELDS and each["runs"] >= 3 for each in found)
    foundation = {"ingest_vs_pgbench", "webhook_ack_p99_ms", "subscription_p50_ms", "idle_memory_mb", "history_vs_pgbench"}
    assert foundation <= set(names(results.FILE))
