"""The mailbox read page by page, by several widgets, while entries come and change: nothing is missed, nothing comes twice, order holds."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.protocol import Letter, NotFoundError, RateLimitedError
from services.engagement.settings import EngagementSettings
from services.engagement.statements import channels as channel_statements
from services.engagement.statements import visitors as statements
from services.engagement.visitors.mailbox import MOST_UNREAD, ChannelMailbox, Mailboxes
from services.engagement.visitors.messages import Mail, Message, acknowledge, mail_after, post_message
from services.engagement.visitors.tokens import Pass, Place
from services.kit.clock import FixedClock
from services.kit.db import Database

START = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
STEPS = st.lists(
    st.tuples(st.sampled_from(["write", "put", "again", "edit", "delete", "read one", "read both"]), st.integers(0, 30)), max_size=40
)


class Chat:
    """One visitor's mailbox and two widgets that read it, each at its own pace."""

    def __init__(self, database: Database, place: Place) -> None:
        self.database = database
        self.place = place
        self.clock = FixedClock(START)
        self.mailbox: ChannelMailbox = Mailboxes(database, clock=self.clock, arrived=lambda _: None).of(place.workspace, place.channel)
        self.presented = Pass(visitor=uuid4(), signed_in=False, expires_at=START + timedelta(days=1))
        self.truth: dict[str, str] = {}
        self.ours: list[str] = []
        self.cursors = [0, 0]
        self.seen: list[dict[str, str]] = [{}, {}]

    async def write(self, text: str) -> None:
        """A message of the visitor, slowly enough."""
        self.clock.advance(timedelta(seconds=3))
        number = uuid4().hex
        async with self.database.transaction(self.place.workspace) as connection:
            message = Message(id=number, text=text, page={})
            await post_message(connection, self.place, self.presented, message, now=self.clock.now())
        self.truth[number] = text

    async def put(self, number: str, text: str) -> None:
        """A reply of ours."""
        await self.mailbox.put(Letter(id=number, visitor=str(self.presented.visitor), at=self.clock.now(), text=text))
        self.truth.setdefault(number, text)

    async def read(self, widget: int) -> Mail:
        """One page for one of the widgets; what it is given again must have changed."""
        async with self.database.transaction(self.place.workspace) as connection:
            mail = await mail_after(connection, self.place, self.presented, after=self.cursors[widget])
        assert [row["changed"] for row in mail.entries] == sorted({row["changed"] for row in mail.entries})
        for row in mail.entries:
            text = "" if row["deleted_at"] else row["text"]
            assert self.seen[widget].get(row["id"]) != text, "it came twice"
            self.seen[widget][row["id"]] = text
        assert mail.cursor >= self.cursors[widget]
        self.cursors[widget] = mail.cursor
        return mail

    async def step(self, what: str, number: int) -> None:
        """One thing that happens."""
        match what:
            case "write":
                await self.write(f"theirs {number}")
            case "put":
                self.ours.append(str(uuid4()))
                await self.put(self.ours[-1], f"ours {number}")
            case "again" if self.ours:
                await self.put(self.ours[number % len(self.ours)], "something else")
            case "edit" | "delete" if self.ours:
                await self.change(self.ours[number % len(self.ours)], None if what == "delete" else f"changed {number} {uuid4()}")
            case "read one":
                await self.read(0)
            case "read both":
                await asyncio.gather(self.read(0), self.read(1))

    async def change(self, letter: str, text: str | None) -> None:
        """Edit or take back; what was taken back stays so."""
        await self.mailbox.change(letter, text=text)
        if self.truth[letter]:
            self.truth[letter] = text or ""


@pytest.fixture
async def database(settings: EngagementSettings) -> AsyncIterator[Database]:
    found = Database(settings.role_url("engagement", role="app"), name="test", size=8)
    await found.open()
    yield found
    await found.close()


@pytest.fixture
async def place(database: Database) -> Place:
    workspace, channel = WorkspaceId(uuid4()), ChannelId(uuid4())
    row = {"platform": "webchat", "name": "x", "path_token": uuid4().hex, "credentials": b"", "config": {}, "now": START}
    async with database.transaction(workspace) as connection:
        await channel_statements.insert_channel(connection, {"workspace_id": workspace, "id": channel, **row})
    return Place(workspace, channel)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
async def test_every_widget_ends_with_the_same_mailbox_whenever_it_reads(
    database: Database, place: Place, steps: list[tuple[str, int]]
) -> None:
    chat = Chat(database, place)
    await chat.write("The first")
    for what, number in steps:
        await chat.step(what, number)
    for widget in (0, 1):
        while (await chat.read(widget)).entries:
            pass
        assert chat.seen[widget] == chat.truth


async def test_concurrent_writers_leave_no_gap_for_a_reader_that_reads_all_the_time(database: Database, place: Place) -> None:
    chat = Chat(database, place)
    await chat.write("The first")
    replies = [str(uuid4()) for _ in range(60)]
    writing = asyncio.gather(*(chat.put(number, f"reply {number}") for number in replies))
    while not writing.done():
        await chat.read(0)
    await writing
    while (await chat.read(0)).entries:
        pass
    assert chat.seen[0] == chat.truth
    assert len(chat.truth) == 61


async def test_a_mailbox_that_nobody_empties_is_full_and_takes_more_once_somebody_does(database: Database, place: Place) -> None:
    chat = Chat(database, place)
    await chat.write("The first")
    for number in range(MOST_UNREAD):
        await chat.put(str(uuid4()), f"reply {number}")
    with pytest.raises(RateLimitedError):
        await chat.put(str(uuid4()), "one too many")
    ids = list(chat.truth)
    async with database.transaction(place.workspace) as connection:
        taken = await acknowledge(connection, place, chat.presented, ids=ids, state="delivered", now=START)
    assert taken == MOST_UNREAD
    await chat.put(str(uuid4()), "welcome back")


async def test_letters_to_nobody_and_changes_of_nothing_are_refused(database: Database, place: Place) -> None:
    chat = Chat(database, place)
    for visitor in (str(uuid4()), "not a visitor"):
        with pytest.raises(NotFoundError):
            await chat.mailbox.put(Letter(id="r", visitor=visitor, at=START, text="x"))
    with pytest.raises(NotFoundError):
        await chat.mailbox.change("r", text="x")
    assert not await chat.mailbox.holds("r")
    await chat.write("The first")
    elsewhere = Mailboxes(database, clock=chat.clock, arrived=lambda _: None).of(place.workspace, ChannelId(uuid4()))
    with pytest.raises(NotFoundError):
        await elsewhere.put(Letter(id="r", visitor=str(chat.presented.visitor), at=START, text="x"))


async def test_the_owner_of_a_changed_mailbox_is_told(database: Database, place: Place) -> None:
    told: list[UUID] = []
    chat = Chat(database, place)
    await chat.write("The first")
    mailbox = Mailboxes(database, clock=chat.clock, arrived=told.append).of(place.workspace, place.channel)
    await mailbox.put(Letter(id="r-1", visitor=str(chat.presented.visitor), at=START, text="x"))
    await mailbox.change("r-1", text="y")
    assert told == [chat.presented.visitor] * 2
    assert await mailbox.holds("r-1")
    async with database.transaction(place.workspace) as connection:
        row = await statements.reply_entry(connection, place.workspace, "r-1")
    assert row is not None
    assert (row["text"], row["edited_at"]) == ("y", chat.clock.now())
