"""Jobs when something breaks: a worker that dies midway, a conversation that cannot be written. Nothing is done twice or tried for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from services.contracts.ids import JobId
from services.contracts.vocabulary import BulkAction
from services.engagement.bulk import BulkWorker
from services.engagement.conversations.jobs import MOST_ATTEMPTS, Arguments, Selection, start_job
from services.engagement.settings import EngagementSettings
from services.engagement.statements import jobs as statements
from tests.engagement.office import Office
from tests.engagement.waiting import until

PEOPLE = 60


@pytest.fixture
async def office(settings: EngagementSettings) -> AsyncIterator[Office]:
    async with Office.opened(settings, people=PEOPLE) as opened:
        yield opened


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url, timeout=10)
    yield connection
    await connection.close()


async def closing(office: Office) -> JobId:
    """A job that closes every conversation."""
    async with office.database.transaction(office.channel.workspace_id) as connection:
        job = await start_job(
            connection,
            office.channel.workspace_id,
            BulkAction.CLOSE,
            Arguments(),
            Selection(ids=tuple(office.conversations)),
            member=None,
            now=office.clock.now(),
        )
    return JobId(job["id"])


async def job_of(office: Office, job: JobId) -> asyncpg.Record:
    async with office.database.transaction(office.channel.workspace_id) as connection:
        return (await statements.jobs_by_id(connection, office.channel.workspace_id, [job]))[0]


@asynccontextmanager
async def working(office: Office) -> AsyncIterator[BulkWorker]:
    """A worker in its own task, which ends with the block as a killed process does: in the middle of what it does."""
    worker = BulkWorker(office.database, worker=office.worker, published=lambda: None, clock=office.clock)
    worker.wake(office.channel.workspace_id)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def finished(office: Office, job: JobId) -> asyncpg.Record:
    """The job, once it is finished; its clock moves on until then."""

    async def there() -> asyncpg.Record | None:
        office.clock.advance(timedelta(minutes=1))
        row = await job_of(office, job)
        return row if row["finished_at"] else None

    found: asyncpg.Record = await until(there, within_seconds=30)
    return found


async def blocked_by(owner: asyncpg.Connection, pid: int) -> bool:
    found = await owner.fetchval("SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid))", pid)
    return bool(found)


async def test_a_worker_killed_midway_leaves_the_rest_to_another_and_nothing_is_done_twice(
    office: Office, owner: asyncpg.Connection, database_url: str
) -> None:
    job = await closing(office)
    before = {row["id"]: row["version"] for row in await owner.fetch("SELECT id, version FROM engagement.conversation")}
    holding = await asyncpg.connect(database_url, timeout=10)
    held = holding.transaction()
    await held.start()
    last = max(office.conversations)
    await holding.execute("SELECT FROM engagement.conversation WHERE id = $1 FOR UPDATE", last)
    pid = holding.get_server_pid()
    async with working(office):
        # The first batch is through, and the second, whose last conversation is held, is in the middle.
        await until(lambda: blocked_by(owner, pid), within_seconds=30)
    assert ((await job_of(office, job))["done"], (await job_of(office, job))["state"]) == (50, "running")
    await held.rollback()
    await holding.close()

    async with working(office), working(office):
        row = await finished(office, job)

    assert (row["state"], row["done"], row["failed"]) == ("done", PEOPLE, 0)
    after = await owner.fetch("SELECT id, version, status FROM engagement.conversation")
    assert {each["id"]: (each["version"], each["status"]) for each in after} == {
        each: (version + 1, "closed") for each, version in before.items()
    }
    assert (await office.told()).count("engagement.conversation.changed") == PEOPLE


async def test_a_job_that_fails_five_times_in_a_row_ends_and_says_which_were_done(office: Office, owner: asyncpg.Connection) -> None:
    job = await closing(office)
    order = sorted(office.conversations)
    await forbid(owner, order[55])

    async with working(office):
        row = await finished(office, job)

    assert (row["state"], row["done"], row["failed"]) == ("failed", 55, 5)
    async with office.database.transaction(office.channel.workspace_id) as connection:
        failures = await statements.failures_of(connection, office.channel.workspace_id, job, limit=100)
        attempts = await connection.fetchval("SELECT attempts FROM job WHERE id = $1", job)
    assert [(each["conversation_id"], each["reason"]) for each in failures] == [
        (order[55], "unexpected_error"),
        *((each, "not_attempted") for each in order[56:]),
    ]
    assert attempts == MOST_ATTEMPTS
    closed = await owner.fetch("SELECT id FROM engagement.conversation WHERE status = 'closed' ORDER BY id")
    assert [each["id"] for each in closed] == order[:55]


async def test_a_job_that_fails_leaves_the_others_alone_and_waits_longer_each_time(office: Office, owner: asyncpg.Connection) -> None:
    first = await closing(office)
    await forbid(owner, min(office.conversations))
    second = await closing(office)
    await owner.execute("DELETE FROM engagement.job_item WHERE job_id = $1 AND conversation_id = $2", second, min(office.conversations))
    await owner.execute("UPDATE engagement.job SET total = total - 1 WHERE id = $1", second)

    async with working(office):
        await until(lambda: is_done(office, second), within_seconds=30)
        for attempt in range(1, MOST_ATTEMPTS):
            row = await until(lambda attempt=attempt: attempted(owner, first, attempt), within_seconds=30)
            assert row["lease_until"] == office.clock.now() + timedelta(seconds=2**attempt)
            office.clock.advance(timedelta(seconds=2**attempt))
        await until(lambda: attempted(owner, first, MOST_ATTEMPTS), within_seconds=30)
    assert (await job_of(office, first))["state"] == "failed"


async def attempted(owner: asyncpg.Connection, job: JobId, times: int) -> asyncpg.Record | None:
    """The job, once so many batches of it have failed."""
    return await owner.fetchrow("SELECT lease_until FROM engagement.job WHERE id = $1 AND attempts = $2", job, times)


async def is_done(office: Office, job: JobId) -> bool:
    return bool((await job_of(office, job))["state"] == "done")


async def forbid(owner: asyncpg.Connection, conversation: UUID) -> None:
    """Let the database refuse whatever changes this conversation."""
    await owner.execute(
        f"""
        CREATE FUNCTION engagement.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
        CREATE TRIGGER refuse BEFORE UPDATE ON engagement.conversation FOR EACH ROW WHEN (OLD.id = '{conversation}')
            EXECUTE FUNCTION engagement.refuse();
        """
    )
