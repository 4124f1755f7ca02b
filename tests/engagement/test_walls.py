"""E7: "walls", the people who are left unanswered, as a report: whose row it is, what each figure counts, and that it opens its rows."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from services.contracts.vocabulary import Discipline, Ledger
from services.engagement import walls
from services.engagement.rendering import interaction_view, position_of
from services.engagement.settings import EngagementSettings
from services.engagement.statements import history, reading
from services.engagement.statements import inbox as inbox_statements
from services.engagement.statements import walls as statements
from services.engagement.walls import Narrowed
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.pagination import encode_cursor
from tests.engagement.play import NOON, Play


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


async def told(play: Play, narrowed: Narrowed = Narrowed(), **asked: int) -> list[asyncpg.Record]:  # noqa: B008 - frozen
    """The people of the report, page by page, two at a time."""
    rows: list[asyncpg.Record] = []
    wanted = walls.unanswered(narrowed, older_than_minutes=asked.get("older_than_minutes"), now=play.now)
    while True:
        after = position_of(encode_cursor(rows[-1]["occurred_at"], rows[-1]["id"]) if rows else None)
        async with play.database.transaction(play.workspace) as connection:
            page = await statements.walls_page(connection, play.workspace, wanted, after=after, limit=2)
        if not page:
            return rows
        rows += page


async def opened(play: Play, narrowed: Narrowed) -> int:
    """How many messages stand behind a figure."""
    wanted = walls.unanswered(narrowed, older_than_minutes=None, now=play.now)
    async with play.database.transaction(play.workspace) as connection:
        return len(await statements.unanswered_page(connection, play.workspace, wanted, after=None, limit=100))


async def stamp(play: Play, *due: tuple[str, Discipline, UUID | None]) -> None:
    """Routing said whose job a message is, by when (an hour from now), and who has it."""
    ids = {row["external_id"]: row for row in await play.rows()}
    at = play.now + timedelta(hours=1)
    async with play.database.transaction(play.workspace) as connection:
        for name, discipline, member in due:
            task, row = new_id(), ids[name]
            await history.stamp(connection, play.workspace, [(row["id"], discipline.value, "post", "neutral", "normal", None, task, 1, at)])
            kept = (task, row["conversation_id"], discipline.value, member, "normal", at, 1, False)
            await inbox_statements.keep_tasks(connection, play.workspace, [kept])


async def test_e7_walls_are_the_people_whom_nobody_answered_in_time_one_row_each(play: Play) -> None:
    accounts: Mapping[str, str] = {"ana": "ana", "ana on a phone": "ana", "ben": "ben", "cleo": "cleo", "dan": "dan"}
    first, second, third = [await play.says("ana"), await play.says("ana on a phone", post="p-1"), await play.says("ben")]
    answered, declined, later, unseen = [await play.says(who) for who in ("cleo", "dan", "eva", "fay")]
    of = {row["external_id"]: row for row in await play.rows()}
    contacts = {name: new_id() for name in set(accounts.values())}
    async with play.database.transaction(play.workspace) as connection:
        rows = [(play.profile(account), contacts[name], 1) for account, name in accounts.items()]
        await history.assign_profiles(connection, play.workspace, rows)
    await stamp(play, *[(each, Discipline.SERVICE, play.member) for each in (first, second, answered, declined)])
    await stamp(play, (third, Discipline.SALES, None))
    await play.answers(of[answered]["conversation_id"])
    await play.declines(of[declined]["id"])
    assert await told(play) == []

    play.now += timedelta(hours=3)
    await stamp(play, (later, Discipline.PR, None))
    await play.says("gus")

    waiting = await told(play)
    assert [(row["contact_id"], row["profile_id"], row["count"]) for row in waiting] == [
        (contacts["ana"], play.profile("ana"), 2),
        (contacts["ben"], play.profile("ben"), 1),
        (None, play.profile("fay"), 1),
    ]
    assert [row["id"] for row in waiting] == [of[first]["id"], of[third]["id"], of[unseen]["id"]]
    assert [(row["discipline"], row["member_id"]) for row in waiting] == [("service", play.member), ("sales", None), (None, None)]
    assert [walls.wall_view(row).venue.title for row in waiting] == ["Our page"] * 3
    # What an entry says of itself is what the sums say of it.
    async with play.database.transaction(play.workspace) as connection:
        entries = await reading.interactions_by_id(connection, play.workspace, [row["id"] for row in of.values()])
    shown = {row["id"]: interaction_view(row, now=play.now).ledger for row in entries}
    assert [shown[of[each]["id"]] for each in (first, answered, declined)] == [Ledger.ALARM, Ledger.ANSWERED, Ledger.DECLINED]
    # By length of waiting: what is not due yet counts, what came just now does not.
    longer = await told(play, older_than_minutes=120)
    assert [row["profile_id"] for row in longer] == [play.profile(each) for each in ("ana", "ben", "eva", "fay")]


async def test_e7_every_figure_of_walls_adds_up_and_opens_its_rows(play: Play) -> None:
    one, two, three = [await play.says("ana"), await play.says("ana", post="p-1"), await play.says("ben")]
    await stamp(play, (one, Discipline.SERVICE, play.member), (two, Discipline.SALES, None))
    thread = next(row["conversation_id"] for row in await play.rows() if row["external_id"] == three)
    await play.changes(thread, sets_owner=True, owner=play.member)
    play.now += timedelta(hours=3)
    asked = walls.unanswered(Narrowed(), older_than_minutes=None, now=play.now)
    async with play.database.transaction(play.workspace) as connection:
        totals = await walls.count_walls(connection, play.workspace, asked)

    assert (totals.people, totals.interactions, totals.capped) == (2, 3, False)
    assert totals.since == min(row["occurred_at"] for row in await play.rows())
    assert [(each.channel_id, each.people, each.interactions) for each in totals.by_channel] == [(play.channel.id, 2, 3)]
    assert {each.discipline: (each.people, each.interactions) for each in totals.by_discipline} == {
        Discipline.SERVICE: (1, 1),
        Discipline.SALES: (1, 1),
        None: (1, 1),
    }
    assert [(each.member_id, each.people, each.interactions) for each in totals.by_member] == [(play.member, 2, 2), (None, 1, 1)]
    assert await opened(play, Narrowed(channel=play.channel.id)) == 3
    assert await opened(play, Narrowed(discipline=Discipline.SALES)) == 1
    assert await opened(play, Narrowed(untriaged=True)) == 1
    assert await opened(play, Narrowed(member=play.member)) == 2
    assert await opened(play, Narrowed(unassigned=True)) == 1
    assert await opened(play, Narrowed(profile=play.profile("ana"))) == 2
    assert await opened(play, Narrowed(contact=new_id())) == 0


def test_a_sum_that_is_too_long_says_so() -> None:
    rows = [{"by": "all", "people": 7, "interactions": statements.MOST_READ + 1, "since": NOON}]
    told_of = walls.totals_of(rows)
    assert (told_of.interactions, told_of.capped) == (statements.MOST_READ, True)
