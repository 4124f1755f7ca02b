"""Rows for people: a table where it fits, a field a line where it does not; ids are never broken."""

import pytest

from rapport.commands.printing import show
from services.kit.ids import new_id

ROWS = [
    {"id": new_id(), "name": name, "webhook_path": f"/webhooks/{'x' * 43}", "received": "words " * 30} for name in ("Shop", "[b]Bot[/b]")
]


def test_where_it_fits_it_is_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    show(ROWS, columns=("id", "name"), as_json=False, empty="")

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["id", "name"], [str(ROWS[0]["id"]), "Shop"], [str(ROWS[1]["id"]), "[b]Bot[/b]"]]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_else_each_field_has_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))

    show(ROWS, columns=("id", "name", "webhook_path", "received"), as_json=False, empty="")

    shown = capsys.readouterr().out
    lines = shown.splitlines()
    assert f"id            {ROWS[0]['id']}" in lines
    assert f"webhook path  {ROWS[0]['webhook_path']}" in lines
    assert "name          [b]Bot[/b]" in lines
    assert shown.count("words") == 60
    assert all(len(line) <= max(width, 14 + 53) for line in lines)
