"""An import that is cut off anywhere goes on where it was, in any process, and ends as one that never was (W12)."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import orjson

from services.contracts.ids import ImportId, WorkspaceId
from services.identity.statements import imports as statements
from services.identity.transfer.beginning import Wish, begin_import
from services.identity.transfer.exporting import Selection, export_people
from services.identity.transfer.jobs import cancel_import, get_import
from services.identity.transfer.showing import report_of
from services.identity.transfer.working import ImportWorker
from services.kit.clock import FixedClock
from services.kit.db import Database
from services.kit.ids import new_id
from tests.identity.transfer.importing import lines

KEY = b"k" * 32
ROWS = 2_300
CLOCK = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))


def _body() -> bytes:
    good = [
        {"external_id": str(number), "name": f"P{number}", "emails": [{"value": f"p{number // 2}@example.com", "verified": True}]}
        for number in range(ROWS)
    ]
    for number in range(0, ROWS, 7):
        good[number] = {"name": "nobody"}
    return lines(*good)


async def _begin(database: Database, workspace: WorkspaceId, body: bytes) -> ImportId:
    async def chunks() -> AsyncIterator[bytes]:
        yield body

    import_ = ImportId(new_id())
    await begin_import(database, workspace, Wish(), chunks(), import_=import_, member=None, clock=CLOCK)
    return import_


def _worker(database: Database, worker_database: Database) -> ImportWorker:
    return ImportWorker(database, worker=worker_database, deployment_key=KEY, published=lambda: None, clock=CLOCK)


async def _outcome(database: Database, workspace: WorkspaceId, import_: ImportId) -> tuple[object, ...]:
    async with database.transaction(workspace) as connection:
        row = await get_import(connection, workspace, import_)
        pieces = await connection.fetchval("SELECT count(*) FROM import_piece WHERE workspace_id = $1", workspace)
    people: dict[str, set[str]] = {}
    async for chunk in export_people(database, workspace, Selection(), as_csv=False):
        for line in map(orjson.loads, chunk.splitlines()):
            people.setdefault(line["contact_id"], set()).add(line["external_id"])
    report = b"".join([chunk async for chunk in report_of(database, workspace, import_, as_csv=False)])
    return row["state"], row["rows_done"], row["rows_refused"], pieces, sorted(map(sorted, people.values())), report


async def test_w12_an_import_that_is_killed_anywhere_ends_as_one_that_is_not(database: Database, worker_database: Database) -> None:
    calm, shaken = WorkspaceId(new_id()), WorkspaceId(new_id())
    first, second = await _begin(database, calm, _body()), await _begin(database, shaken, _body())
    worker, chance = _worker(database, worker_database), random.Random(7)
    while await worker.work(calm):
        pass

    cuts = 0
    while True:
        # Two processes side by side, either of which may die at any moment.
        tasks = [asyncio.create_task(_worker(database, worker_database).work(shaken)) for _ in range(2)]
        await asyncio.wait(tasks, timeout=chance.uniform(0.0, 0.12))
        for task in tasks:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        cuts += sum(isinstance(each, asyncio.CancelledError) for each in done)
        if cuts >= 8 and not await worker.work(shaken):
            break

    told = await _outcome(database, shaken, second)
    refused = len(range(0, ROWS, 7))
    assert told[:4] == ("done", ROWS - refused, refused, 0)
    assert told == await _outcome(database, calm, first)


async def test_a_row_that_cannot_be_written_costs_itself_only(database: Database, worker_database: Database) -> None:
    workspace, clock = WorkspaceId(new_id()), FixedClock(CLOCK.now())
    import_ = await _begin(database, workspace, lines(*({"external_id": str(number)} for number in range(5))))
    async with database.transaction(workspace) as connection:
        for _ in range(4):
            await statements.attempted_import(connection, workspace, import_, now=clock.now())
    worker = ImportWorker(database, worker=worker_database, deployment_key=KEY, published=lambda: None, clock=clock)

    assert not await worker.work(workspace)
    clock.advance(timedelta(minutes=1))
    while await worker.work(workspace):
        pass

    state, done, refused, *_ = await _outcome(database, workspace, import_)
    assert (state, done, refused) == ("done", 4, 1)


async def test_a_cancelled_import_stays_where_it_was(database: Database, worker_database: Database) -> None:
    workspace = WorkspaceId(new_id())
    import_ = await _begin(database, workspace, _body())
    worker = _worker(database, worker_database)
    await worker.work(workspace)

    async with database.transaction(workspace) as connection:
        await cancel_import(connection, workspace, import_, now=CLOCK.now())

    assert not await worker.work(workspace)
    state, done, refused, pieces, *_ = await _outcome(database, workspace, import_)
    assert (state, done + refused, pieces) == ("cancelled", 500, 0)
