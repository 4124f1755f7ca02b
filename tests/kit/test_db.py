"""Transactions at the edge: isolation of workspaces, rollback, commits that fail, cancellation at any moment, a server that goes away."""

import asyncio
import random
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection, Database, DatabaseUnavailableError
from services.kit.settings import role_url
from tests.kit.conftest import SERVICE

REMEMBER = "INSERT INTO processed (workspace_id, consumer, event_id, processed_at) VALUES ($1, 'test', $2, $3)"
FOREIGN = "SELECT count(*) FROM processed WHERE workspace_id IS DISTINCT FROM $1"


async def remember(connection: Connection, workspace: WorkspaceId, event: str = "e") -> None:
    await connection.execute(REMEMBER, workspace, event, datetime.now(UTC))


async def count(database: Database, workspace: WorkspaceId | None) -> int:
    async with database.transaction(workspace) as connection:
        found: int = await connection.fetchval("SELECT count(*) FROM processed")
        return found


async def test_no_workspace_gives_no_rows_even_on_a_connection_that_had_one(app: Database) -> None:
    ours = WorkspaceId(uuid4())
    async with app.transaction(ours) as connection:
        await remember(connection, ours)
    assert [await count(app, None), await count(app, ours), await count(app, None)] == [0, 1, 0]


async def test_another_workspace_can_neither_be_read_nor_written(app: Database) -> None:
    ours, theirs = WorkspaceId(uuid4()), WorkspaceId(uuid4())
    async with app.transaction(theirs) as connection:
        await remember(connection, theirs)
    assert await count(app, ours) == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with app.transaction(ours) as connection:
            await remember(connection, theirs, "another")
    assert await count(app, theirs) == 1


async def test_an_exception_rolls_back(app: Database) -> None:
    ours = WorkspaceId(uuid4())

    async def fail() -> None:
        async with app.transaction(ours) as connection:
            await remember(connection, ours)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await count(app, ours) == 0


async def test_a_transaction_that_failed_inside_does_not_pretend_to_have_committed(app: Database) -> None:
    ours = WorkspaceId(uuid4())

    async def overlook() -> None:
        async with app.transaction(ours) as connection:
            await remember(connection, ours)
            with pytest.raises(asyncpg.UniqueViolationError):
                await remember(connection, ours)

    with pytest.raises(asyncpg.InFailedSQLTransactionError):
        await overlook()
    assert await count(app, ours) == 0


async def test_tenants_on_shared_connections_never_meet(app: Database) -> None:
    tenants = [WorkspaceId(uuid4()) for _ in range(8)]

    async def visit(number: int) -> int:
        workspace = tenants[number % len(tenants)]
        async with app.transaction(workspace) as connection:
            await remember(connection, workspace, str(number))
            foreign: int = await connection.fetchval(FOREIGN, workspace)
            return foreign

    assert sum(await asyncio.gather(*map(visit, range(400)))) == 0
    assert [await count(app, tenant) for tenant in tenants] == [50] * len(tenants)


@pytest.mark.parametrize("times", [1, 3])
async def test_cancellation_at_any_moment_leaves_neither_workspace_nor_transaction_nor_a_lost_connection(app: Database, times: int) -> None:
    chance = random.Random(times)
    ours, theirs = WorkspaceId(uuid4()), WorkspaceId(uuid4())

    async def work() -> None:
        async with app.transaction(ours) as connection:
            await remember(connection, ours, str(uuid4()))
            await connection.execute("SELECT pg_sleep(0.002)")

    async def cancelled() -> None:
        task = asyncio.create_task(work())
        for _ in range(times):
            await asyncio.sleep(chance.random() * 0.006)
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    for _ in range(25):
        await asyncio.gather(*(cancelled() for _ in range(8)))
        assert await asyncio.gather(*(count(app, None) for _ in range(4))) == [0] * 4
        assert await asyncio.gather(*(count(app, theirs) for _ in range(4))) == [0] * 4


async def test_a_second_cancellation_during_the_rollback_gives_the_connection_back(database_url: str, secret_key: str) -> None:
    database = Database(
        role_url(database_url, secret_key=secret_key, service=SERVICE, role="app"), name="test", size=1, acquire_timeout_seconds=2
    )
    await database.open()
    try:
        for steps in range(6):
            await _cancel_twice(database, steps=steps)
            assert await count(database, None) == 0
    finally:
        await database.close()


async def _cancel_twice(database: Database, *, steps: int) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with database.transaction(WorkspaceId(uuid4())):
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def run(session: AsyncSession, statement: str) -> object:
    """Run one statement; gives the first value of its first row, if it has rows."""
    result = await (await session.connection()).execute(text(statement))
    return result.scalar() if result.returns_rows else None


async def test_sessions_keep_the_same_promises(app: Database) -> None:
    ours = WorkspaceId(uuid4())
    async with app.transaction(ours) as connection:
        await remember(connection, ours)

    async def forget_and_fail() -> None:
        async with app.session(ours) as session:
            await run(session, "DELETE FROM processed")
            raise LookupError

    with pytest.raises(LookupError):
        await forget_and_fail()
    for workspace, expected in ((ours, 1), (None, 0), (WorkspaceId(uuid4()), 0)):
        async with app.session(workspace) as session:
            assert await run(session, "SELECT count(*) FROM processed") == expected


async def test_connections_cut_by_the_server_are_an_outage_and_then_forgotten(app: Database, database_url: str) -> None:
    admin = await asyncpg.connect(database_url, timeout=5)

    async def cut() -> None:
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'test-app'")

    async def cut_transaction() -> None:
        async with app.transaction() as connection:
            await cut()
            await connection.fetchval("SELECT 1")

    async def cut_session() -> None:
        async with app.session() as session:
            await cut()
            await run(session, "SELECT 1")

    try:
        for interrupted in (cut_transaction, cut_session):
            with pytest.raises(DatabaseUnavailableError):
                await interrupted()
        async with app.session() as session:
            assert await run(session, "SELECT 1") == 1
        await cut()
        await asyncio.gather(*(count(app, None) for _ in range(4)))
        async with app.session() as session:
            assert await run(session, "SELECT 1") == 1
    finally:
        await admin.close()


async def test_no_free_connection_is_an_outage_that_ends(database_url: str, secret_key: str) -> None:
    database = Database(
        role_url(database_url, secret_key=secret_key, service=SERVICE, role="app"), name="test", size=1, acquire_timeout_seconds=0.2
    )
    await database.open()
    try:
        async with database.transaction():
            with pytest.raises(DatabaseUnavailableError):
                await database.check()
        await database.check()
    finally:
        await database.close()


async def test_a_server_that_is_not_there_is_an_outage() -> None:
    database = Database("postgresql://nobody:secret@127.0.0.1:1/none", name="test", acquire_timeout_seconds=1)
    await database.open()
    with pytest.raises(DatabaseUnavailableError) as caught:
        await database.check()
    with pytest.raises(DatabaseUnavailableError):
        await database.dedicated()
    assert "secret" not in repr(caught.value)
    await database.close()


@pytest.mark.parametrize("code", ["53100", "53200", "55P03", "40P01", "40001"])
async def test_a_full_disk_or_a_held_lock_is_an_outage(app: Database, code: str) -> None:
    async def refused() -> None:
        async with app.transaction() as connection:
            await connection.execute(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$")

    with pytest.raises(DatabaseUnavailableError):
        await refused()
    await app.check()
