"""E7: at every instant inbound = owed + answered + declined + exempt + alarm, whatever happens; and threads keep their rules."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from services.engagement.composing import settling
from services.engagement.composing.errors import WithheldError
from services.engagement.conversations import blocking
from services.engagement.settings import EngagementSettings
from services.engagement.statements import journal, ledger, reading
from services.kit.db import Connection, Database
from services.kit.errors import ProblemError
from services.kit.settings import role_url
from tests.engagement.play import Play
from tests.engagement.waiting import until
from tests.migrations.statements import heard_from

STEPS = 60


@pytest.fixture
async def play(database_url: str, settings: EngagementSettings) -> AsyncIterator[Play]:
    database = Database(settings.role_url("engagement", role="app"), name="test", size=2)
    await database.open()
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        yield await Play.begun(database, owner)
    finally:
        await owner.close()
        await database.close()


async def check_ledger(play: Play) -> None:
    """What is told is what a count of every row gives, and adds up."""
    told = await play.counts()
    counted: Counter[str] = Counter()
    for row in await play.rows():
        if row["ledger"] is not None:
            late = row["ledger"] == "owed" and row["due_at"] is not None and row["due_at"] < play.now
            counted["alarm" if late else row["ledger"]] += 1
    states = ("owed", "answered", "declined", "exempt", "alarm")
    assert {state: told[state] for state in states} == {state: counted[state] for state in states}
    inbound = sum(row["direction"] == "inbound" for row in await play.rows())
    assert told["inbound"] == inbound == sum(told[state] for state in states)


async def check_threads(play: Play) -> None:
    """The rules of threads: merges are one step deep, snoozes have their status, nobody owes the blocked or spam."""
    threads = {row["id"]: row for row in await play.threads()}
    blocked = await play.blocked()
    absorbing = {row["survivor_id"] for row in threads.values()} - {None}
    for row in threads.values():
        assert row["absorbs"] == (row["id"] in absorbing)
        assert (row["survivor_id"] is None) == (row["merged_into"] is None)
        assert row["snoozed_until"] is None or row["status"] == "snoozed"
        if row["survivor_id"] is not None:
            assert row["status"] == "closed"
            assert threads[row["survivor_id"]]["survivor_id"] is None
            assert threads[row["merged_into"]]["survivor_id"] in {None, row["survivor_id"]}
    for row in await play.rows():
        lead = _lead(threads, row["conversation_id"])
        assert row["conversation_version"] <= lead["version"]
        if row["ledger"] == "owed":
            assert row["profile_id"] not in blocked
            assert not lead["spam"]


async def check_rows(play: Play) -> None:
    """What is owed was settled by nobody, what is settled says when, and what is told of a thread is what its rows say."""
    threads = {row["id"]: row for row in await play.threads()}
    owed: Counter[UUID] = Counter()
    for row in await play.rows():
        if row["ledger"] == "owed":
            owed[_lead(threads, row["conversation_id"])["id"]] += 1
            assert (row["ledger_reason"], row["settled_at"], row["member_id"], row["answer_id"]) == ("", None, None, None)
            assert row["deleted_at"] is None
        if row["ledger"] in {"answered", "declined"}:
            assert row["settled_at"] is not None
        if row["ledger"] == "answered":
            assert row["answer_id"] is not None
        if row["ledger"] == "declined":
            assert row["member_id"] == play.member
    async with play.database.transaction(play.workspace) as connection:
        leads = [row["id"] for row in threads.values() if row["survivor_id"] is None]
        told = {row["id"]: row["owed_count"] for row in await reading.conversations_by_id(connection, play.workspace, leads)}
    assert told == {each: owed[each] for each in leads}
    drafted = await play.owner.fetch("SELECT conversation_id FROM engagement.draft WHERE workspace_id = $1", play.workspace)
    assert all(threads[row["conversation_id"]]["survivor_id"] is None for row in drafted)


async def check_step(play: Play, before: Mapping[UUID, asyncpg.Record], owed: set[UUID]) -> None:
    """What is owed anew opens its thread, for the owner that it had or who answered; else only members change owners, and merges."""
    after = {row["id"]: row for row in await play.threads()}
    for row in await play.rows():
        if row["ledger"] == "owed" and row["id"] not in owed:
            lead = _lead(after, row["conversation_id"])
            assert (lead["status"], lead["snoozed_until"]) == ("open", None)
    for id_, row in after.items():
        assert row["owner_id"] in {None, play.member}
        absorbed_now = any(
            each["survivor_id"] == id_ and before[each["id"]]["survivor_id"] != id_ for each in after.values() if each["id"] in before
        )
        came_back = id_ in before and (before[id_]["owner_id"], before[id_]["status"], row["status"]) == (None, "closed", "open")
        if id_ in before and play.did != "assigns" and not absorbed_now and not came_back:
            assert row["owner_id"] == before[id_]["owner_id"]


def _lead(threads: Mapping[UUID, asyncpg.Record], id_: UUID) -> asyncpg.Record:
    return threads[threads[id_]["survivor_id"] or id_]


@pytest.mark.parametrize("seed", range(8))
async def test_e7_the_ledger_adds_up_after_every_step_of_a_random_history(play: Play, seed: int) -> None:
    chance, done = Random(seed), []
    for _ in range(STEPS):
        before = {row["id"]: row for row in await play.threads()}
        owed = {row["id"] for row in await play.rows() if row["ledger"] == "owed"}
        try:
            done.append(await play.step(chance))
        except ProblemError as refused:
            done.append(refused.code)
        await check_ledger(play)
        await check_threads(play)
        await check_rows(play)
        await check_step(play, before, owed)
    assert (await play.counts())["inbound"] > 0, done


async def test_e19_what_a_blocked_person_writes_is_kept_and_owes_nothing_until_it_is_taken_back(play: Play) -> None:
    await play.says("ana")
    await play.blocks("ana")
    await play.says("ana", post="p-1")
    await play.says("ben", post="p-1")
    rows = {row["author_external_id"]: row for row in await play.rows()}
    assert (rows["ana"]["ledger"], rows["ana"]["ledger_reason"]) == ("exempt", "blocked")
    assert rows["ben"]["ledger"] == "owed"
    assert sorted(row["status"] for row in await play.threads()) == ["open", "open"]
    await play.unblocks("ana")
    assert (await play.counts()) == {"inbound": 3, "owed": 3, "answered": 0, "declined": 0, "exempt": 0, "alarm": 0}
    assert all(row["due_at"] for row in await play.rows() if row["author_external_id"] == "ana")


async def test_a_blocked_person_opens_nothing(play: Play) -> None:
    await play.says("ana", post="p-1")
    await play.blocks("ana")
    await play.says("ana")
    (direct,) = [row for row in await play.threads() if row["kind"] == "direct"]
    assert direct["status"] == "closed"
    await play.says("ana")
    assert (await play.thread(direct["id"]))["status"] == "closed"
    await play.unblocks("ana")
    assert (await play.thread(direct["id"]))["status"] == "open"


async def test_spam_is_closed_stays_closed_and_comes_back(play: Play) -> None:
    await play.says("ana")
    (thread,) = await play.threads()
    await play.marks(thread["id"], spam=True)
    await play.says("ana")
    assert [(row["ledger"], row["ledger_reason"]) for row in await play.rows()] == [("exempt", "spam")] * 2
    assert (await play.thread(thread["id"]))["status"] == "closed"
    await play.marks(thread["id"], spam=False)
    assert (await play.counts())["owed"] == 2
    assert (await play.thread(thread["id"]))["status"] == "open"


async def test_spam_of_a_blocked_person_comes_back_only_when_both_are_taken_back(play: Play) -> None:
    await play.says("ana")
    (thread,) = await play.threads()
    await play.marks(thread["id"], spam=True)
    await play.blocks("ana")
    await play.says("ana")
    await play.unblocks("ana")
    assert (await play.counts())["exempt"] == 2
    await play.marks(thread["id"], spam=False)
    assert (await play.counts())["owed"] == 2


Act = Callable[[Connection], Awaitable[object]]


async def test_e7_who_is_blocked_at_the_same_moment_is_owed_nothing_in_whatever_order(play: Play) -> None:
    for number, block_is_first in itertools.product(range(3), (False, True)):
        person = f"p-{number}-{block_is_first}"
        act = await _owing(play, person, number)
        block = partial(blocking.block, workspace=play.workspace, profile=play.profile(person), reason="", member=None, now=play.now)
        await _at_once(play, *((block, act) if block_is_first else (act, block)))
        assert {row["ledger"] for row in await play.rows() if row["author_external_id"] == person} <= {"exempt", "declined"}
    await check_ledger(play)


async def _owing(play: Play, person: str, number: int) -> Act:
    """One of the three ways in which something becomes owed."""
    await play.says(person)
    row = next(row for row in await play.rows() if row["author_external_id"] == person)
    if number == 0:
        await play.declines(row["id"])
        return partial(settling.take_back_decline, workspace=play.workspace, interaction=row["id"], member=None, now=play.now)
    if number == 1:
        await play.marks(row["conversation_id"], spam=True)
        thread = await play.thread(row["conversation_id"])
        back = partial(blocking.take_back_spam, workspace=play.workspace, conversation=row["conversation_id"], member=None, now=play.now)
        return partial(back, version=thread["version"])

    async def reads(connection: Connection) -> None:
        await journal.claim_channel(connection, play.workspace, play.channel.id)
        await play.record(connection, play.message(person))

    return reads


async def _at_once(play: Play, first: Act, second: Act) -> None:
    """`first` has done all but commit when `second` begins."""
    async with play.database.transaction(play.workspace) as connection:
        await first(connection)
        begun = asyncio.create_task(_committed(play, second))

        async def ended_or_waits() -> bool:
            return begun.done() or await play.owner.fetchval("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted")

        await until(ended_or_waits, within_seconds=20)
    await asyncio.wait_for(begun, timeout=20)


async def _committed(play: Play, act: Act) -> None:
    with suppress(WithheldError):
        async with play.database.transaction(play.workspace) as connection:
            await act(connection)


async def test_what_was_deleted_meanwhile_is_not_owed_again(play: Play) -> None:
    name = await play.says("ana")
    await play.blocks("ana")
    await play.deletes(name)
    await play.unblocks("ana")
    assert (await play.counts()) == {"inbound": 1, "owed": 0, "answered": 0, "declined": 0, "exempt": 1, "alarm": 0}


async def test_the_ledger_is_told_from_kept_sums_and_reads_no_history_but_what_is_overdue(
    play: Play, database_url: str, secret_key: str
) -> None:
    (statement,) = await asyncio.to_thread(heard_from, ledger.ledger_counts)
    for number in range(200):
        await play.says("ana" if number % 2 else "ben")
    await play.owner.execute("ANALYZE engagement.interaction, engagement.ledger_sum")
    url = role_url(database_url, secret_key=secret_key, service="engagement", role="app")
    app = await asyncpg.connect(url, timeout=10, server_settings={"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"})
    try:
        await app.execute(f"SET app.workspace = '{play.workspace}'")
        await app.execute(f"PREPARE counts AS {statement}")
        told = await app.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE counts('{play.workspace}', now())")
    finally:
        await app.close()
    reads = [node for node in _nodes(orjson.loads(told)[0]["Plan"]) if node.get("Index Name", "").startswith("interaction_")]
    assert [node["Index Name"] for node in reads] == ["interaction_due_idx"]
    assert all(word in reads[0]["Index Cond"] for word in ("workspace_id", "due_at"))


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from _nodes(child)
