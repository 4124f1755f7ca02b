"""A test's database is empty and as migrated, whatever the test before it did to its own."""

import asyncpg
import pytest

from tests.databases import Databases

CHANGES = (
    "CREATE TABLE engagement.strange (n integer)",
    "DROP INDEX engagement.outbox_unpublished_idx CASCADE",
    "ALTER TABLE engagement.channel ALTER COLUMN name SET DEFAULT 'x'",
    "ALTER TABLE engagement.channel DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE engagement.idempotency DROP CONSTRAINT idempotency_pkey",
    "CREATE OR REPLACE FUNCTION identity.drop_partitions(parent text, before date) RETURNS integer LANGUAGE sql RETURN 0",
    "GRANT SELECT ON identity.signing_key TO engagement_app",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET jit = on', current_database()); END $$",
)


async def test_rows_and_numbers_are_gone_and_so_are_those_who_wrote_them(databases: Databases) -> None:
    name = await databases.take()
    writer = await asyncpg.connect(databases.url(name), timeout=10)
    await write(writer)
    await databases.give_back(name)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await writer.fetchval("SELECT 1")
    writer.terminate()

    assert await databases.take() == name
    reader = await asyncpg.connect(databases.url(name), timeout=10)
    try:
        assert await reader.fetchval("SELECT count(*) FROM engagement.outbox") == 0
        assert await reader.fetchval("SELECT count(*) FROM engagement.alembic_version") == 1
        assert await write(reader) == 1
    finally:
        await reader.close()
        await databases.give_back(name)


@pytest.mark.parametrize("change", CHANGES)
async def test_what_is_no_longer_as_migrated_is_not_handed_on(databases: Databases, change: str) -> None:
    name = await databases.take()
    owner = await asyncpg.connect(databases.url(name), timeout=10)
    await owner.execute(change)
    await owner.close()
    await databases.give_back(name)

    other = await databases.take()
    assert other != name
    await databases.give_back(other)


async def test_days_that_an_outbox_was_given_are_gone(databases: Databases) -> None:
    name = await databases.take()
    owner = await asyncpg.connect(databases.url(name), timeout=10)
    await owner.execute("SELECT engagement.make_partitions('outbox', '2031-01-01', 1)")
    assert await owner.fetchval("SELECT to_regclass('engagement.outbox_2031_01_01') IS NOT NULL")
    await owner.close()
    await databases.give_back(name)

    assert await databases.take() == name
    other = await asyncpg.connect(databases.url(name), timeout=10)
    try:
        assert await other.fetchval("SELECT to_regclass('engagement.outbox_2031_01_01') IS NULL")
    finally:
        await other.close()
        await databases.give_back(name)


async def write(connection: asyncpg.Connection) -> int:
    """One row with a number from a sequence; gives the number."""
    row = "INSERT INTO engagement.outbox (workspace_id, day, type, version, subject, time, data)"
    values = "VALUES (gen_random_uuid(), current_date, '', 1, '', now(), '')"
    number: int = await connection.fetchval(f"{row} {values} RETURNING id")
    return number
