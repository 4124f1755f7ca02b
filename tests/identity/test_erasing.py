"""W13 in identity: what goes with a person, what stays of them, and that no table is forgotten."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.identity.statements import erasing as identity

_NAMING = """
SELECT DISTINCT c.table_name AS name FROM information_schema.columns c
JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
WHERE c.table_schema = 'identity' AND c.column_name ~ '(^|_)(profile|contact|survivor|absorbed)_id$'
"""


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url, timeout=10)
    yield connection
    await connection.close()


async def test_w13_no_table_that_names_a_person_is_forgotten(owner: asyncpg.Connection) -> None:
    """Whoever adds one adds the statement that empties it, or says why it may stay."""
    named = {row["name"] for row in await owner.fetch(_NAMING)}
    known = {table for _, table, _ in (*identity.REMOVALS, *identity.OF_CONTACTS)} | identity.KEPT.keys()
    assert named - known == set(), "put it into services/identity/statements/erasing.py"
    assert known - named <= {"profile", "contact"}, "these are gone"
