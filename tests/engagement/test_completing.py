"""Events that carry ids only: what they lack is asked for after they are recorded, once, in time where that can be, later where not."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import msgspec
import pytest

from services.contracts.envelope import Event
from services.contracts.events import EVENTS, InteractionCompleted, InteractionReceived
from services.contracts.ids import ChannelId, WorkspaceId
from services.contracts.interaction import Attachment, Author, NeutralEvent, Venue
from services.contracts.vocabulary import Control, Kind, Ledger
from services.engagement import channels
from services.engagement.backfilling import reconciliations_of
from services.engagement.completing.completer import ATTEMPTS, LEASE, Completer
from services.engagement.completing.lacking import HELD, look_at
from services.engagement.connectors import connectors
from services.engagement.protocol import (
    ChannelAccess,
    ChannelFacts,
    Completed,
    Lack,
    Net,
    NotSentError,
    RateLimitedError,
    Secrets,
)
from services.engagement.reading import Reader
from services.engagement.recording import Item, record
from services.engagement.registry import ChannelRegistry, ConnectedChannel
from services.engagement.settings import EngagementSettings
from services.engagement.statements import completing as statements
from services.kit import outbox
from services.kit.clock import FixedClock
from services.kit.crypto import Vault
from services.kit.db import Database
from services.kit.telemetry import Metrics

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
NOBODY = Author(network="wire", external_id="unknown")
LENA = Author(network="wire", external_id="7", handle="lena", name="Lena Vidal")


@dataclass
class Wire:
    """A platform that delivers ids only. It tells what it knows, refuses what it is told to, and may be away or stand still."""

    knows: dict[str, NeutralEvent] = field(default_factory=dict)
    refuses: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    trouble: Exception | None = None
    stuck: asyncio.Event | None = None

    @property
    def declaration(self) -> Any:
        """That of another platform: it says nothing about this."""
        return connectors()["telegram"].declaration

    def lacks(self, event: NeutralEvent) -> Lack | None:
        """Keep protocol.Completes."""
        if event.kind is Kind.DIRECT:
            return Lack.NAME if event.author.name is None else None
        return Lack.WORDS if event.text is None else None

    async def complete(self, events: Sequence[NeutralEvent], *, channel: ChannelAccess, net: Net) -> AsyncIterator[Completed]:
        """Keep protocol.Completes."""
        del channel, net
        for event in events:
            self.asked.append(event.id)
            if self.stuck is not None:
                self.stuck.set()
                await asyncio.Event().wait()
            if event.id in self.knows:
                yield Completed(id=event.id, event=self.knows[event.id])
            elif event.id in self.refuses:
                yield Completed(id=event.id, reason=self.refuses[event.id])
            elif self.trouble is not None:
                raise self.trouble


@dataclass
class Place:
    """A database with a channel of such a platform, and a clock that tests move."""

    app: Database
    worker: Database
    clock: FixedClock
    reader: Reader
    wires: dict[ChannelId, tuple[ConnectedChannel, Wire]]

    @property
    def channel(self) -> ConnectedChannel:
        """The first channel."""
        return next(iter(self.wires.values()))[0]

    @property
    def wire(self) -> Wire:
        """Its platform."""
        return next(iter(self.wires.values()))[1]

    def find(self, channel: ChannelId) -> ConnectedChannel | None:
        """As the registry."""
        return self.wires[channel][0]

    async def hear(self, *events: NeutralEvent, channel: ConnectedChannel | None = None) -> None:
        """Record them, as the inbound worker does."""
        heard_on, now = channel or self.channel, self.clock.now()
        items = [Item(each.id.encode(), each, now) for each in events]
        async with self.app.transaction(heard_on.workspace_id) as connection:
            recorded = await record(connection, heard_on, items, reader=self.reader, now=now)
            await outbox.append(connection, heard_on.workspace_id, recorded.events, now=now)

    async def look(self, *, completer: Completer | None = None) -> None:
        """One round of a process, to its end."""
        async with asyncio.TaskGroup() as group:
            await (completer or self.completer()).look(group)

    def completer(self) -> Completer:
        """A process."""
        return Completer(
            cast("ChannelRegistry", self),
            self.app,
            worker=self.worker,
            net=cast("Net", None),
            reader=lambda _: self.reader,
            published=lambda: None,
            clock=self.clock,
            metrics=Metrics("engagement"),
        )

    async def row(self, name: str) -> Any:
        """An interaction by its platform's id."""
        async with self.app.transaction(self.channel.workspace_id) as connection:
            return await connection.fetchrow("SELECT * FROM interaction WHERE external_id = $1", name)

    async def told(self) -> list[Event]:
        """What was published of interactions, in order."""
        async with self.app.transaction(self.channel.workspace_id) as connection:
            rows = await connection.fetch("SELECT type, data FROM outbox WHERE type LIKE 'engagement.interaction.%' ORDER BY id")
        return [msgspec.json.decode(row["data"], type=EVENTS[row["type"]]) for row in rows]

    async def standing(self) -> tuple[int, int, list[str]]:
        """How many wait, how many were given up, and why."""
        async with self.app.transaction(self.channel.workspace_id) as connection:
            (view,) = await reconciliations_of(connection, self.channel.workspace_id, [self.channel.id])
        assert view is not None
        return view.lacking, view.untold, list(view.untold_reasons)


@pytest.fixture
async def place(settings: EngagementSettings) -> AsyncIterator[Place]:
    app = Database(settings.role_url("engagement", role="app"), name="test", size=4)
    worker = Database(settings.role_url("engagement", role="worker"), name="test", size=2)
    await app.open()
    await worker.open()
    workspace = WorkspaceId(uuid4())
    wires = {channel.id: (channel, wire) for channel, wire in [await _wired(app, settings, workspace) for _ in range(2)]}
    reader = Reader(workspace, settings.deployment_key(), timedelta(days=1))
    yield Place(app, worker, FixedClock(NOON), reader, wires)
    await worker.close()
    await app.close()


async def _wired(app: Database, settings: EngagementSettings, workspace: WorkspaceId) -> tuple[ConnectedChannel, Wire]:
    wire, vault = Wire(), Vault(settings.key_for("channel-credentials"))
    async with app.transaction(workspace) as connection:
        new = channels.NewChannel(platform="inlet", name="wire")
        made = await channels.connect_channel(connection, workspace, new, vault=vault, now=NOON)
    channel = ConnectedChannel(
        workspace_id=workspace,
        id=ChannelId(made.row["id"]),
        platform="wire",
        version=1,
        path_token=uuid4().hex,
        active=True,
        connector=cast("Any", wire),
        acknowledges=None,
        listens=None,
        facts=ChannelFacts(platform="wire"),
        secrets=Secrets(current=""),
        access=ChannelAccess(platform="wire"),
        completes=wire,
    )
    return channel, wire


def mention(name: str, **parts: Any) -> NeutralEvent:
    """Somebody named us: the platform tells no more."""
    event = NeutralEvent(
        id=name,
        occurred_at=NOON,
        kind=Kind.MENTION,
        author=NOBODY,
        venue=Venue(network="wire", external_id=f"post of {name}", control=Control.THIRD_PARTY),
        public=True,
    )
    return replace(event, **parts)


def direct(name: str, *, author: Author | None = None) -> NeutralEvent:
    """A message of somebody who is an id."""
    who = author or Author(network="wire", scope="us", external_id="42")
    return NeutralEvent(id=name, occurred_at=NOON, kind=Kind.DIRECT, author=who, venue=Venue(network="wire", external_id="us"), text="hi")


def whole(name: str, text: str = "Your kettle is loud @us") -> NeutralEvent:
    """The same mention, as the platform shows it to whoever asks."""
    event = mention(name, author=LENA, text=text, attachments=(Attachment(kind="image", url="https://pictures.example/1.jpg"),))
    return replace(event, venue=replace(event.venue, url=f"https://wire.example/{name}", title="Lena's kitchen"))


async def test_e1_words_that_come_in_time_are_told_with_the_arrival_and_stand_in_history_and_search(place: Place) -> None:
    place.wire.knows["m1"] = whole("m1")
    await place.hear(mention("m1"))
    assert (await place.row("m1"))["ledger"] == "owed"
    assert await place.told() == []

    await place.look()

    row = await place.row("m1")
    (arrived,) = await place.told()
    lena = place.reader.profile_of(LENA)
    assert (row["text"], row["author_name"], row["venue_url"], row["profile_id"]) == (
        "Your kettle is loud @us",
        "Lena Vidal",
        "https://wire.example/m1",
        lena,
    )
    assert isinstance(arrived, InteractionReceived)
    assert (arrived.profile_id, arrived.event.text, arrived.event.author, arrived.incomplete) == (lena, row["text"], LENA, False)
    assert await _counted(place, "search_pending", row["id"]) == 1
    assert await _counted(place, "media", row["id"]) == 1
    assert (await _thread(place, row["conversation_id"]))["profile_id"] == lena
    assert await place.standing() == (0, 0, [])


async def test_e1_while_the_platform_is_away_it_is_told_as_it_is_and_completed_later_once(place: Place) -> None:
    place.wire.trouble = NotSentError("no connection")
    await place.hear(mention("m1"))
    await place.look()
    assert await place.told() == []
    place.clock.advance(HELD)
    await place.look()
    (arrived,) = await place.told()
    assert isinstance(arrived, InteractionReceived)
    assert (arrived.incomplete, arrived.event.text, arrived.ledger) == (True, None, Ledger.OWED)

    place.wire.knows["m1"] = whole("m1")
    place.clock.advance(timedelta(hours=1))
    await place.look()
    await place.look()

    _, completed = await place.told()
    assert isinstance(completed, InteractionCompleted)
    assert (completed.interaction_id, completed.words, completed.event.text) == (arrived.interaction_id, True, "Your kettle is loud @us")
    assert completed.profile_id == place.reader.profile_of(LENA)
    assert (await place.row("m1"))["text"] == "Your kettle is loud @us"
    assert await place.standing() == (0, 0, [])


async def test_e1_a_crash_between_asking_and_writing_completes_once(place: Place) -> None:
    place.wire.knows["m1"], place.wire.stuck = whole("m1"), asyncio.Event()
    await place.hear(mention("m1"))
    crashing = asyncio.create_task(place.look())
    await asyncio.wait_for(place.wire.stuck.wait(), timeout=20)
    crashing.cancel()
    with suppress(asyncio.CancelledError):
        await crashing
    place.wire.stuck = None
    await place.look()
    assert place.wire.asked == ["m1"]

    place.clock.advance(LEASE + timedelta(seconds=1))
    one, other = place.completer(), place.completer()
    await asyncio.gather(place.look(completer=one), place.look(completer=other))
    await place.look()

    assert place.wire.asked == ["m1", "m1"]
    assert [
        (type(each), each.event.text) for each in await place.told() if isinstance(each, InteractionReceived | InteractionCompleted)
    ] in (
        [(InteractionReceived, None), (InteractionCompleted, "Your kettle is loud @us")],
        [(InteractionReceived, "Your kettle is loud @us")],
    )


async def test_a_person_is_asked_for_once_and_named_at_once_afterwards(place: Place) -> None:
    first = direct("d1")
    place.wire.knows["d1"] = replace(first, author=replace(first.author, name="Kim Roe", handle="kim"))
    await place.hear(first)
    (arrived,) = await place.told()
    await place.look()
    await place.hear(direct("d2"))

    assert place.wire.asked == ["d1"]
    assert [(await place.row(name))["author_name"] for name in ("d1", "d2")] == ["Kim Roe", "Kim Roe"]
    kinds = [type(each) for each in await place.told()]
    assert kinds == [InteractionReceived, InteractionCompleted, InteractionReceived]
    assert isinstance(arrived, InteractionReceived)
    assert (arrived.event.author.name, arrived.incomplete) == (None, False)
    completed = next(each for each in await place.told() if isinstance(each, InteractionCompleted))
    assert (completed.words, completed.event.author.name) == (False, "Kim Roe")


async def test_what_the_platform_never_tells_is_given_up_with_its_reason_and_can_be_asked_for_again(place: Place) -> None:
    place.wire.refuses = {"m1": "the post is gone", "d1": "the person allows nobody"}
    await place.hear(mention("m1"), direct("d1"), direct("d2"))
    await place.look()
    assert await place.standing() == (1, 2, ["the person allows nobody", "the post is gone"])
    await place.hear(direct("d3"))
    assert place.wire.asked == ["m1", "d1", "d2"]
    assert [each.incomplete for each in await place.told() if isinstance(each, InteractionReceived)] == [False, False, True, False]

    place.wire.knows["m1"] = whole("m1")
    async with place.app.transaction(place.channel.workspace_id) as connection:
        assert await statements.ask_again(connection, place.channel.workspace_id, place.channel.id, now=place.clock.now()) == 2
    await place.look()
    assert (await place.row("m1"))["text"] == "Your kettle is loud @us"


async def test_attempts_end(place: Place) -> None:
    place.wire.trouble = NotSentError("no connection")
    await place.hear(direct("d1"))
    for _ in range(ATTEMPTS + 3):
        await place.look()
        place.clock.advance(timedelta(hours=7))
    assert len(place.wire.asked) == ATTEMPTS
    assert await place.standing() == (0, 1, [f"given up after {ATTEMPTS} attempts: no connection"])


async def test_a_platform_that_is_asked_too_much_is_left_alone_and_other_channels_go_on(place: Place) -> None:
    (first, busy), (second, free) = place.wires.values()
    busy.trouble = RateLimitedError("too many calls", retry_after_seconds=600)
    free.knows["m2"] = whole("m2")
    await place.hear(mention("m1"), channel=first)
    await place.hear(mention("m2"), channel=second)
    await place.look()
    await place.hear(mention("m3"), channel=first)
    place.clock.advance(timedelta(minutes=9))
    await place.look()
    assert (await place.row("m2"))["text"] == "Your kettle is loud @us"
    assert busy.asked == ["m1"]
    place.clock.advance(timedelta(minutes=2))
    busy.knows["m1"] = whole("m1")
    await place.look()
    assert (await place.row("m1"))["text"] == "Your kettle is loud @us"


async def test_what_its_author_changed_meanwhile_stays(place: Place) -> None:
    place.wire.knows = {"m1": whole("m1"), "m2": whole("m2")}
    await place.hear(mention("m1"), mention("m2"))
    await place.hear(
        mention("m1:edit", kind=Kind.EDIT, target="m1", text="Your kettle is quiet", occurred_at=NOON + timedelta(seconds=1)),
        mention("m2:gone", kind=Kind.DELETION, target="m2", occurred_at=NOON + timedelta(seconds=1)),
    )
    await place.look()
    assert (await place.row("m1"))["text"] == "Your kettle is quiet"
    gone = await place.row("m2")
    assert (gone["text"], gone["author_name"], gone["ledger"]) == (None, None, "exempt")
    arrived = [each for each in await place.told() if isinstance(each, InteractionReceived)]
    assert {each.event.text for each in arrived} == {"Your kettle is quiet", None}
    assert await place.standing() == (0, 0, [])


async def test_channels_without_the_duty_ask_the_database_nothing(place: Place) -> None:
    events = [mention("m1"), direct("d1")]
    looked = await look_at(cast("Any", None), replace(place.channel, completes=None), events, reader=place.reader, now=NOON)
    assert looked.events is events
    assert list(looked.lacks) == [None, None]


async def _counted(place: Place, table: str, interaction: UUID) -> int:
    async with place.app.transaction(place.channel.workspace_id) as connection:
        found: int = await connection.fetchval(f"SELECT count(*) FROM {table} WHERE interaction_id = $1", interaction)
    return found


async def _thread(place: Place, conversation: UUID) -> Any:
    async with place.app.transaction(place.channel.workspace_id) as connection:
        return await connection.fetchrow("SELECT * FROM conversation WHERE id = $1", conversation)
