"""A sender without processes: real rows, a clock that is told, a platform that does as the test says. Used by tests of histories."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import orjson

from services.contracts.ids import ChannelId, ConversationId, ReplyId, WorkspaceId
from services.contracts.interaction import Author, NeutralEvent, Receipt, Venue
from services.contracts.vocabulary import Direction, Kind
from services.engagement import channels, replies
from services.engagement.consent.links import PreferenceLinks
from services.engagement.errors import ReplySettledError
from services.engagement.protocol import Files, InDoubtError, NetAnswer, NotSentError
from services.engagement.reading import Reader
from services.engagement.recording import Item, record
from services.engagement.registry import ChannelRegistry, ConnectedChannel
from services.engagement.sending import Sender
from services.engagement.settings import EngagementSettings
from services.kit import outbox
from services.kit.clock import FixedClock
from services.kit.crypto import Vault
from services.kit.db import Database
from services.kit.telemetry import Metrics

START = datetime(2026, 5, 4, 10, tzinfo=UTC)
TIMEOUT_SECONDS = 5.0
US = Author(network="inlet", external_id="us")
REFUSED: Mapping[str, tuple[int, dict[str, str]]] = {
    "rejected": (400, {}),
    "too fast": (429, {"retry-after": "7"}),
}


@dataclass
class Platform:
    """Takes replies, or not, as `plan` says of the next calls; keeps what it took, in order. It answers look-ups truthfully."""

    plan: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    asked: int = 0
    stuck: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)

    async def request(self, method: str, url: str, *, data: bytes | None = None, **_: object) -> NetAnswer:
        """protocol.Net."""
        if method == "GET":
            self.asked += 1
            return NetAnswer(status=200 if url.rpartition("/")[2] in self.taken else 404, headers={}, body=b"")
        assert data is not None
        outcome = self.plan.pop(0) if self.plan else "ok"
        if outcome in {"ok", "taken, then silence", "taken, then a crash"}:
            self.taken.append(orjson.loads(data)["id"])
        if outcome.endswith("crash"):
            self.stuck.set()
            await self.release.wait()
        if outcome.endswith("silence"):
            raise InDoubtError("no answer")
        if outcome == "no connection":
            raise NotSentError("refused")
        status, told = REFUSED.get(outcome, (200, {}))
        return NetAnswer(status=status, headers=told, body=b"")


@dataclass
class Office:
    """One workspace, one channel, some conversations."""

    database: Database
    worker: Database
    registry: ChannelRegistry
    reader: Reader
    channel: ConnectedChannel
    clock: FixedClock
    platform: Platform
    conversations: list[ConversationId]
    sender: Sender = field(init=False)

    def __post_init__(self) -> None:
        self.sender = self.hire()

    @classmethod
    @asynccontextmanager
    async def opened(cls, settings: EngagementSettings, *, people: int, clock: FixedClock | None = None) -> AsyncIterator["Office"]:
        """An office to which so many people have written."""
        app = Database(settings.role_url("engagement", role="app"), name="test", size=10)
        worker = Database(settings.role_url("engagement", role="worker"), name="test", size=1)
        await app.open()
        await worker.open()
        try:
            yield await cls._with(settings, app, worker, people=people, clock=clock or FixedClock(START))
        finally:
            await worker.close()
            await app.close()

    @classmethod
    async def _with(cls, settings: EngagementSettings, app: Database, worker: Database, *, people: int, clock: FixedClock) -> "Office":
        workspace, vault = WorkspaceId(uuid4()), Vault(settings.key_for("channel-credentials"))
        new = channels.NewChannel(platform="inlet", name="shop", config={"reply_url": "http://shop.example/replies", "lookup": "true"})
        async with app.transaction(workspace) as connection:
            made = await channels.connect_channel(connection, workspace, new, vault=vault, now=clock.now())
        registry = ChannelRegistry(worker, vault=vault)
        await registry.refresh()
        channel = registry.find(ChannelId(made.row["id"]))
        assert channel is not None
        reader = Reader(workspace, settings.deployment_key(), timedelta(days=1))
        office = cls(app, worker, registry, reader, channel, clock, Platform(), [])
        for person in range(people):
            await office.hear(_message(person, at=clock.now()))
        async with app.transaction(workspace) as connection:
            office.conversations = [row["id"] for row in await connection.fetch("SELECT id FROM conversation ORDER BY id")]
        return office

    def hire(self) -> Sender:
        """A sender that knows nothing of what others did."""
        return Sender(
            self.registry,
            self.database,
            worker=self.worker,
            net=self.platform,
            links=PreferenceLinks(key=b"k" * 32, public_url="https://rapport.example"),
            files=_no_files,
            published=_nothing,
            unparked=_nothing,
            clock=self.clock,
            timeout_seconds=TIMEOUT_SECONDS,
            metrics=Metrics("test"),
        )

    async def hear(self, event: NeutralEvent) -> None:
        """Record what the platform tells."""
        async with self.database.transaction(self.channel.workspace_id) as connection:
            item = Item(event.id.encode().ljust(32)[:32], event, self.clock.now())
            recorded = await record(connection, self.channel, [item], reader=self.reader, now=self.clock.now())
            await outbox.append(connection, self.channel.workspace_id, recorded.events, now=self.clock.now())

    async def post(self, conversation: int, text: str, *, delay_seconds: int = 0) -> ReplyId:
        """Queue a reply."""
        draft = replies.Draft(
            conversation=self.conversations[conversation],
            text=text,
            answers=None,
            version=None,
            member=None,
            delay=timedelta(seconds=delay_seconds),
        )
        async with self.database.transaction(self.channel.workspace_id) as connection:
            thread = await replies.channel_of(connection, self.channel.workspace_id, draft.conversation)
            posted = await replies.post_reply(connection, self.channel, thread, draft, now=self.clock.now())
        return ReplyId(posted.reply["id"])

    async def cancel(self, reply: ReplyId) -> bool:
        """Whether it could be taken back."""
        try:
            async with self.database.transaction(self.channel.workspace_id) as connection:
                await replies.cancel_reply(connection, self.channel.workspace_id, reply, member=None, now=self.clock.now())
        except ReplySettledError:
            return False
        return True

    async def settle(self, reply: ReplyId) -> None:
        """A person looks, and tells the truth; without effect where nothing is in doubt."""
        try:
            async with self.database.transaction(self.channel.workspace_id) as connection:
                sent = str(reply) in self.platform.taken
                await replies.settle_reply(connection, self.channel.workspace_id, reply, sent=sent, now=self.clock.now())
        except ReplySettledError:
            return

    async def echo(self, reply: ReplyId, *, text: str, person: int) -> None:
        """The platform shows what it took."""
        await self.hear(
            NeutralEvent(
                id=f"p-{reply}",
                occurred_at=self.clock.now(),
                kind=Kind.DIRECT,
                author=US,
                venue=Venue(network="inlet", external_id="inlet"),
                direction=Direction.OUTBOUND,
                recipient=_person(person),
                text=text,
                echo_of=str(reply),
            )
        )

    async def receipt(self, reply: ReplyId, *, state: str) -> None:
        """The platform tells how far it came."""
        await self.hear(
            NeutralEvent(
                id=f"{state}-{reply}",
                occurred_at=self.clock.now(),
                kind=Kind.RECEIPT,
                author=US,
                venue=Venue(network="inlet", external_id="inlet"),
                receipt=Receipt(external_id=str(reply), state=state),
            )
        )

    async def work(self, *outcomes: str) -> None:
        """One round, with these outcomes of its calls; where one is a crash, the whole process is gone with what it was doing."""
        self.platform.plan = list(outcomes)
        self.platform.stuck.clear()
        doing = asyncio.create_task(self._round())
        crashed = asyncio.create_task(self.platform.stuck.wait())
        await asyncio.wait({doing, crashed}, return_when=asyncio.FIRST_COMPLETED)
        for task in (doing, crashed):
            task.cancel()
        results = await asyncio.gather(doing, crashed, return_exceptions=True)
        if self.platform.stuck.is_set():
            self.sender = self.hire()
        elif isinstance(results[0], BaseException):
            raise results[0]

    async def rows(self) -> dict[UUID, asyncpg.Record]:
        """All replies as they stand."""
        async with self.database.transaction(self.channel.workspace_id) as connection:
            return {row["id"]: row for row in await connection.fetch("SELECT * FROM reply ORDER BY id")}

    async def told(self) -> list[str]:
        """The types of all events so far."""
        async with self.database.transaction(self.channel.workspace_id) as connection:
            return [row["type"] for row in await connection.fetch("SELECT type FROM outbox ORDER BY id")]

    async def _round(self) -> None:
        async with asyncio.TaskGroup() as group:
            await self.sender.send_due(self.channel.workspace_id, group)


def _person(number: int) -> Author:
    return Author(network="shop", external_id=f"person-{number}")


def _message(person: int, *, at: datetime) -> NeutralEvent:
    venue = Venue(network="inlet", external_id="inlet")
    return NeutralEvent(id=f"m-{person}", occurred_at=at, kind=Kind.DIRECT, author=_person(person), venue=venue, text="Hello?")


class _NoFiles:
    """Files of a workspace where nothing is attached."""

    def link(self, media: UUID) -> str:
        """See Files."""
        raise AssertionError(media)

    async def read(self, media: UUID, *, max_bytes: int) -> bytes:
        """See Files."""
        raise AssertionError(media, max_bytes)


def _no_files(_: WorkspaceId) -> Files:
    return _NoFiles()


def _nothing(*_: object) -> None:
    """Nobody waits for it here."""
