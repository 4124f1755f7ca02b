"""W13 in engagement: no table that names a person, or keeps words of people, is forgotten where one is erased."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.engagement.statements import erasing as engagement
from services.routing.statements import erasing as routing

_NAMING = """
SELECT DISTINCT c.table_name AS name FROM information_schema.columns c
JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
WHERE c.table_schema = $1 AND c.column_name ~ '(^|_)(profile|contact|visitor)_ids?$'
"""
EMPTIED = {table for _, table, _ in (*engagement.REMOVALS, *engagement.OF_THREADS, *engagement.OF_PROFILES)}


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Who sees the whole schema."""
    connection = await asyncpg.connect(database_url, timeout=10)
    yield connection
    await connection.close()


async def test_w13_no_table_that_names_a_person_is_forgotten(owner: asyncpg.Connection) -> None:
    """Whoever adds one adds the statement that empties it, or says why it may stay; in routing as well."""
    for schema, known in (("engagement", EMPTIED | engagement.KEPT.keys()), ("routing", routing.REMOVALS.keys() | routing.KEPT.keys())):
        named = {row["name"] for row in await owner.fetch(_NAMING, schema)}
        assert named - known == set(), f"put it into services/{schema}/statements/erasing.py"
        there = {
            row["name"]
            for row in await owner.fetch("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = $1", schema)
        }
        assert known - there == set(), "these are gone"
