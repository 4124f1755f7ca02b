"""Revisions that change rows see them, also where the owner of the tables is no superuser: forced security hides rows from an owner."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import migrations

FORCING = re.compile(r"ALTER TABLE (\S+) (NO )?FORCE ROW LEVEL SECURITY")
CHANGING = re.compile(r"\s*(?:UPDATE|DELETE FROM|INSERT INTO) ")
NAMED = re.compile(r"\b(?:UPDATE|INTO|FROM|USING|JOIN) ((?:identity|engagement|routing)\.[a-z_]+)")


class Heard:
    """Takes what a revision executes, and remembers what changes rows of tables whose security is forced just then."""

    def __init__(self) -> None:
        self.forced: set[str] = set()
        self.hidden: list[str] = []

    def execute(self, statement: object) -> None:
        """One statement, as Alembic's operations take it."""
        sql = str(statement)
        for table, no in FORCING.findall(sql):
            (self.forced.discard if no else self.forced.add)(table)
        if CHANGING.match(sql):
            self.hidden += [f"{table}: {sql.strip()[:80]}" for table in NAMED.findall(sql) if table in self.forced]


def revisions(service: str) -> Iterator[str]:
    folder = Path(migrations.__file__).parent / service / "versions"
    yield from (f"migrations.{service}.versions.{path.stem}" for path in sorted(folder.glob("0*.py")))


@pytest.mark.parametrize("service", migrations.SERVICES)
def test_a_revision_that_changes_rows_sees_them(service: str) -> None:
    """`migrations.security.unforced` lifts the fence for the owner while it does."""
    heard = Heard()
    for name in revisions(service):
        revision = importlib.import_module(name)
        namespace = vars(revision)
        kept = namespace["op"]
        namespace["op"] = heard
        try:
            revision.upgrade()
        finally:
            namespace["op"] = kept
    assert heard.forced, "nothing was heard"
    assert heard.hidden == []
