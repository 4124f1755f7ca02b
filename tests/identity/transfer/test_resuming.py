"""An import that is cut off anywhere goes on where it was, in any process, and ends as one that never was (W12)."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec
import orjson
import pytest

from services.contracts.events import HistoryImported
from services.contracts.ids import ImportId, WorkspaceId
from services.contracts.interaction import Author
from services.contracts.vocabulary import ImportKind
from services.identity.profiles import learn_profiles
from services.identity.sightings import Sighting, fold
from services.identity.transfer.beginning import Wish, begin_import
from services.identity.transfer.errors import TooManyImportsError
from services.identity.transfer.exporting import Selection, export_people
from services.identity.transfer.jobs import cancel_import, get_import
from services.identity.transfer.showing import report_of
from services.identity.transfer.working import ImportWorker
from services.kit.clock import FixedClock
from services.kit.db import Database
from services.kit.ids import new_id
from tests import chatwoot
from tests.identity.transfer.importing import lines

KEY = b"k" * 32
ROWS = 2_300
KILLS = 8
MOST = 3
CLOCK = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))


def _body() -> bytes:
    good = [
        {"external_id": str(number), "name": f"P{number}", "emails": [{"value": f"p{number // 2}@example.com", "verified": True}]}
        for number in range(ROWS)
    ]
    for number in range(0, ROWS, 7):
        good[number] = {"name": "nobody"}
    return lines(*good)


async def _begin(database: Database, workspace: WorkspaceId, body: bytes, *, wish: Wish | None = None) -> ImportId:
    async def chunks() -> AsyncIterator[bytes]:
        yield body

    import_ = ImportId(new_id())
    await begin_import(database, workspace, wish or Wish(), chunks(), import_=import_, member=None, most=MOST, clock=CLOCK)
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


async def test_processes_that_take_turns_take_each_row_once(database: Database, worker_database: Database) -> None:
    """What one has read ahead, another may have taken when its turn comes."""
    calm, shared = WorkspaceId(new_id()), WorkspaceId(new_id())
    first, second = await _begin(database, calm, _body()), await _begin(database, shared, _body())
    one, other = _worker(database, worker_database), _worker(database, worker_database)
    while await one.work(calm):
        pass

    chunks = 0
    while await (one, other, other)[chunks % 3].work(shared):
        chunks += 1

    told = await _outcome(database, shared, second)
    assert chunks == 5
    refused = len(range(0, ROWS, 7))
    assert told[:3] == ("done", ROWS - refused, refused)
    assert told == await _outcome(database, calm, first)


async def test_w12_ten_thousand_messages_of_chatwoot_are_told_once_each_however_often_it_is_killed(
    database: Database, worker_database: Database
) -> None:
    workspace, chance = WorkspaceId(new_id()), random.Random(7)
    said = [chatwoot.message(number, 11 + number % 2, f"word {number}") for number in range(1, 10_001)]
    body = chatwoot.lines([chatwoot.WHATSAPP, chatwoot.KIM, chatwoot.FIRST, chatwoot.SECOND, *said])
    import_ = await _begin(database, workspace, body, wish=Wish(kind=ImportKind.CHATWOOT))

    cuts, more = 0, True
    while more:
        task = asyncio.create_task(_worker(database, worker_database).work(workspace))
        await asyncio.wait([task], timeout=chance.uniform(0.0, 0.05) if cuts < KILLS else None)
        task.cancel()
        (done,) = await asyncio.gather(task, return_exceptions=True)
        cuts += isinstance(done, asyncio.CancelledError)
        more = done is not False

    async with database.transaction(workspace) as connection:
        row = await get_import(connection, workspace, import_)
        told = await connection.fetch("SELECT data FROM outbox WHERE type = 'identity.history.imported'")
        assert await connection.fetchval("SELECT count(*) FROM import_reference") == 0
    assert cuts > 0
    assert (row["state"], row["rows_done"], row["rows_refused"]) == ("done", 10_004, 0)
    events = [msgspec.json.decode(each["data"], type=HistoryImported) for each in told]
    ids = [entry.event.id for event in events for entry in event.entries]
    assert len(set(ids)) == len(ids) == 10_000
    assert max(len(event.entries) for event in events) == 100


async def test_a_row_that_cannot_be_written_costs_itself_only(database: Database, worker_database: Database, database_url: str) -> None:
    """The chunk with such rows is taken by halves, once: nothing waits, no other chunk is tried again, and the report names them."""
    workspace, worker = WorkspaceId(new_id()), _worker(database, worker_database)
    import_ = await _begin(database, workspace, lines(*({"external_id": str(number)} for number in range(1_100))))
    await _refuse(database_url, "external_id NOT IN ('3', '4', '700')")

    chunks = 0
    while await worker.work(workspace):
        chunks += 1

    state, done, refused, _, _, report = await _outcome(database, workspace, import_)
    told = [orjson.loads(line) for line in report.splitlines()]
    assert (chunks, state, done, refused) == (3, "done", 1_097, 3)
    assert [(each["line"], each["kept"]) for each in told] == [(4, False), (5, False), (701, False)]


async def test_an_import_of_which_no_row_can_be_written_ends_as_failed_and_refuses_nobody(
    database: Database, worker_database: Database, database_url: str
) -> None:
    workspace, clock = WorkspaceId(new_id()), FixedClock(CLOCK.now())
    import_ = await _begin(database, workspace, lines(*({"external_id": str(number)} for number in range(60))))
    await _refuse(database_url, "false")
    worker = ImportWorker(database, worker=worker_database, deployment_key=KEY, published=lambda: None, clock=clock)

    for _ in range(6):
        assert not await worker.work(workspace)
        clock.advance(timedelta(minutes=2))

    assert (await _outcome(database, workspace, import_))[:4] == ("failed", 0, 0, 0)


async def _refuse(owner_url: str, condition: str) -> None:
    """From now on the database takes no profile that does not fit."""
    owner = await asyncpg.connect(owner_url, timeout=10)
    try:
        await owner.execute(f"ALTER TABLE identity.profile ADD CONSTRAINT refusing CHECK ({condition}) NOT VALID")
    finally:
        await owner.close()


async def test_imports_and_events_of_one_workspace_never_deadlock(database: Database, worker_database: Database) -> None:
    """Two files with the same people in opposite orders, and events of them meanwhile: each waits for the others, none for ever."""
    workspace = WorkspaceId(new_id())
    rows = [{"network": "x", "external_id": str(number), "attributes": {"crm:s": str(number // 3)}} for number in range(700)]
    imports = [await _begin(database, workspace, lines(*order)) for order in (rows, rows[::-1])]

    async def work() -> None:
        while await _worker(database, worker_database).work(workspace):
            pass

    async def hear() -> None:
        for first in range(600, 0, -100):
            seen = [Author(network="x", external_id=str(number), name=f"P{number}") for number in range(first, first + 90)]
            sightings = [Sighting(author=each, at=CLOCK.now(), source="x") for each in seen]
            async with database.transaction(workspace) as connection:
                known = fold(sightings, workspace=workspace, deployment_key=KEY)
                await learn_profiles(connection, workspace=workspace, known=known, now=CLOCK.now())

    await asyncio.gather(work(), work(), hear())
    await work()

    assert [(await _outcome(database, workspace, each))[:2] for each in imports] == [("done", 700), ("done", 700)]
    async with database.transaction() as connection:
        assert await connection.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0


async def test_no_more_imports_wait_than_the_workspace_may_have(database: Database, worker_database: Database) -> None:
    workspace = WorkspaceId(new_id())
    begun = [await _begin(database, workspace, lines({"external_id": str(number)})) for number in range(MOST)]

    with pytest.raises(TooManyImportsError, match="cancel one"):
        await _begin(database, workspace, b"{}")
    async with database.transaction(workspace) as connection:
        await cancel_import(connection, workspace, begun[0], now=CLOCK.now())
        left = await connection.fetchval("SELECT count(*) FROM import_piece WHERE workspace_id = $1", workspace)
    together = await asyncio.gather(*(_begin(database, workspace, b"{}") for _ in range(3)), return_exceptions=True)

    assert left == MOST - 1
    assert sorted(isinstance(each, TooManyImportsError) for each in together) == [False, True, True]
    while await _worker(database, worker_database).work(workspace):
        pass
    await _begin(database, workspace, b"{}")


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
