"""What is unread is counted from the work itself; after every step of a random history that agrees with what was said and read."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from random import Random
from uuid import UUID

import asyncpg
import pytest

from services.contracts.events import TaskAssigned, TaskCompleted
from services.contracts.ids import ConversationId, InteractionId, MemberId, TaskId
from services.contracts.vocabulary import Discipline, InboxViewName, Phase, Urgency
from services.engagement import inbox
from services.engagement.settings import EngagementSettings
from services.kit.db import Database
from services.kit.errors import ProblemError
from services.kit.ids import new_id
from tests.engagement.play import Play

STEPS = 60
# Each member's open tasks with something unread, from what is stored of threads and readings alone.
_TRUTH = """
SELECT k.task_id FROM engagement.conversation_task k
JOIN engagement.conversation c ON c.workspace_id = k.workspace_id AND c.id = k.conversation_id
LEFT JOIN engagement.conversation_read r ON r.workspace_id = k.workspace_id AND r.member_id = k.member_id AND r.conversation_id = c.id
WHERE k.workspace_id = $1 AND k.member_id = $2 AND NOT k.closed AND c.inbound_version > coalesce(r.version, 0)
"""


class Office:
    """Two members whose work is given, read and done while people write."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.members = (play.member, MemberId(new_id()))
        self._tasks: dict[TaskId, TaskAssigned] = {}

    async def assigns(self, thread: UUID, member: MemberId | None, *, task: TaskId | None = None) -> TaskId:
        """Routing gives a task to a member, or takes it from all: a new one, or one that is there already."""
        known = self._tasks.get(task) if task is not None else None
        event = TaskAssigned(
            task_id=task or TaskId(new_id()),
            conversation_id=known.conversation_id if known else ConversationId(thread),
            profile_id=self.play.profile("ana"),
            interaction_ids=(InteractionId(new_id()),),
            discipline=Discipline.SERVICE,
            phase=Phase.POST,
            urgency=Urgency.NORMAL,
            due_at=self.play.now + timedelta(hours=1),
            member_id=member,
            why="because",
            version=known.version + 1 if known else 1,
        )
        self._tasks[event.task_id] = event
        await self._hears(event)
        return event.task_id

    async def repeats(self, task: TaskId) -> None:
        """The same is told once more."""
        await self._hears(self._tasks[task])

    async def completes(self, task: TaskId) -> None:
        """The task is done."""
        known = self._tasks[task]
        end = TaskCompleted(
            task_id=task,
            conversation_id=known.conversation_id,
            profile_id=known.profile_id,
            discipline=known.discipline,
            outcome="answered",
        )
        async with self.play.database.transaction(self.play.workspace) as connection:
            await inbox.keep_tasks(connection, self.play.workspace, [], completed=[end], now=self.play.now)

    async def reads(self, thread: UUID, member: MemberId, *, version: int | None = None) -> None:
        """A member reads a thread, to its end or up to a version."""
        async with self.play.database.transaction(self.play.workspace) as connection:
            await inbox.mark_read(connection, self._reader(member), ConversationId(thread), version=version, now=self.play.now)

    async def unreads(self, thread: UUID, member: MemberId) -> None:
        """A member wants to see it as unread."""
        async with self.play.database.transaction(self.play.workspace) as connection:
            await inbox.mark_unread(connection, self._reader(member), ConversationId(thread))

    async def unread(self, member: MemberId) -> int:
        """How much the product counts as unread."""
        async with self.play.database.transaction(self.play.workspace) as connection:
            told = await inbox.count_views(connection, self._reader(member), exact=False, now=self.play.now)
        (count,) = [each.unread for each in told.views if each.view is InboxViewName.MINE]
        assert count is not None
        return count

    async def check(self) -> None:
        """What is counted is what a look at every thread gives; so is what each entry says of itself."""
        for member in self.members:
            rows = await self.play.owner.fetch(_TRUTH, self.play.workspace, member)
            async with self.play.database.transaction(self.play.workspace) as connection:
                items = await inbox.list_items(
                    connection, self._reader(member), InboxViewName.MINE, after=None, limit=1_000, now=self.play.now
                )
            assert {row["task_id"] for row in items if row["unread"]} == {row["task_id"] for row in rows}
            assert await self.unread(member) == len(rows)
            await self.check_views(member)

    async def check_views(self, member: MemberId) -> None:
        """Of every view what is counted is what its entries say."""
        reader, now = self._reader(member), self.play.now
        async with self.play.database.transaction(self.play.workspace) as connection:
            told = await inbox.count_views(connection, reader, exact=False, unread_too=True, now=now)
            listed = {view: await inbox.list_items(connection, reader, view, after=None, limit=1_000, now=now) for view in InboxViewName}
        counted = {each.view: each.unread for each in told.views}
        assert counted == {view: sum(1 for row in rows if row["unread"]) for view, rows in listed.items()}

    async def step(self, chance: Random) -> str:
        """Something that may happen at this point; gives its name."""
        threads = [row["id"] for row in await self.play.threads()]
        if not threads or chance.random() < 0.5:
            return await self.play.step(chance)
        names = ["assigns", "assigns", "reads", "reads", "reads_some", "unreads"]
        if self._tasks:
            names += ["reassigns", "reassigns", "repeats", "completes"]
        name = chance.choice(names)
        await self._does(name, chance, chance.choice(threads))
        return name

    async def _does(self, name: str, chance: Random, thread: UUID) -> None:
        member = chance.choice(self.members)
        task = chance.choice(list(self._tasks)) if self._tasks else TaskId(new_id())
        doings: dict[str, Callable[[], Awaitable[object]]] = {
            "assigns": lambda: self.assigns(thread, chance.choice((*self.members, None))),
            "reassigns": lambda: self.assigns(thread, chance.choice((*self.members, None)), task=task),
            "repeats": lambda: self.repeats(task),
            "completes": lambda: self.completes(task),
            "reads": lambda: self.reads(thread, member),
            "reads_some": lambda: self.reads(thread, member, version=chance.randrange(6)),
            "unreads": lambda: self.unreads(thread, member),
        }
        await doings[name]()

    async def _hears(self, event: TaskAssigned) -> None:
        async with self.play.database.transaction(self.play.workspace) as connection:
            await inbox.keep_tasks(connection, self.play.workspace, [event], completed=[], now=self.play.now)

    def _reader(self, member: MemberId) -> inbox.Reader:
        return inbox.Reader(workspace=self.play.workspace, member=member, disciplines=["service"])


@pytest.fixture
async def office(database_url: str, settings: EngagementSettings) -> AsyncIterator[Office]:
    database = Database(settings.role_url("engagement", role="app"), name="test", size=4)
    await database.open()
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        yield Office(await Play.begun(database, owner))
    finally:
        await owner.close()
        await database.close()


@pytest.mark.parametrize("seed", range(6))
async def test_what_is_unread_agrees_with_what_was_said_and_read_after_every_step(office: Office, seed: int) -> None:
    chance, done = Random(seed), []
    for _ in range(STEPS):
        try:
            done.append(await office.step(chance))
        except ProblemError as refused:
            done.append(refused.code)
        await office.check()
    assert {"assigns", "reads", "says"} <= set(done)


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_said_read_and_given_out_at_the_same_time_is_counted_once_it_is_over(office: Office, seed: int) -> None:
    chance, (sol, max_) = Random(seed), office.members
    await office.play.says("ana")
    (thread,) = [row["id"] for row in await office.play.threads()]
    tasks = [await office.assigns(thread, member) for member in (sol, max_, None)]
    for _ in range(12):
        doings: list[Callable[[], Awaitable[object]]] = [
            lambda: office.play.says("ana"),
            lambda: office.reads(thread, sol),
            lambda: office.reads(thread, max_),
            lambda: office.assigns(thread, chance.choice((sol, max_)), task=chance.choice(tasks)),
        ]
        chance.shuffle(doings)
        await asyncio.gather(*(doing() for doing in doings))
        await office.check()


async def test_who_reads_a_merged_thread_has_read_the_work_of_both(office: Office) -> None:
    sol = office.members[0]
    await office.play.says("ana")
    await office.play.says("ben")
    first, second = [row["id"] for row in await office.play.threads()]
    for thread in (first, second):
        await office.assigns(thread, sol)
    assert await office.unread(sol) == 2

    await office.play.merges(first, second)
    assert await office.unread(sol) == 2
    await office.reads(second, sol)
    assert await office.unread(sol) == 0

    await office.play.says("ana")
    assert await office.unread(sol) == 2
    await office.reads(first, sol)
    assert await office.unread(sol) == 0


async def test_a_colleague_s_work_is_unread_to_him_until_he_reads_it_himself(office: Office) -> None:
    sol, max_ = office.members
    await office.play.says("ana")
    (thread,) = [row["id"] for row in await office.play.threads()]
    task = await office.assigns(thread, sol)
    await office.reads(thread, sol)
    assert (await office.unread(sol), await office.unread(max_)) == (0, 0)
    await office.assigns(thread, max_, task=task)
    assert (await office.unread(sol), await office.unread(max_)) == (0, 1)
    await office.assigns(thread, sol, task=task)
    assert (await office.unread(sol), await office.unread(max_)) == (0, 0)
