"""A workspace's engagement as tests play it, step by step, on a real database: people write, members answer, block, merge. No tests.

Each step is one transaction of the role `app`, through the same functions that webhooks and REST call.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, ConversationId, InteractionId, MemberId, ProfileId, WorkspaceId
from services.contracts.interaction import Author, NeutralEvent, Venue
from services.contracts.vocabulary import ConversationStatus, Direction, Kind
from services.engagement import outcomes, replies
from services.engagement.composing import drafts, settling
from services.engagement.connectors import find_connector
from services.engagement.conversations import blocking, changing, declining, merging
from services.engagement.protocol import ChannelAccess, ChannelFacts, Secrets
from services.engagement.reading import Reader
from services.engagement.recording import Item, record
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import ledger
from services.engagement.statements import replies as reply_statements
from services.kit import outbox
from services.kit.db import Connection, Database
from services.kit.ids import new_id

PEOPLE = ("ana", "ben", "cleo", "dan")
DEPLOYMENT_KEY = b"k" * 32
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@dataclass
class Play:
    """One workspace with one channel. `owner` sees past every policy and reads what is really stored."""

    database: Database
    owner: asyncpg.Connection
    channel: ConnectedChannel
    now: datetime = NOON
    said: list[str] = field(default_factory=list)
    did: str = ""
    member: MemberId = field(default_factory=lambda: MemberId(new_id()))

    @classmethod
    async def begun(cls, database: Database, owner: asyncpg.Connection) -> "Play":
        """A fresh workspace."""
        workspace, channel = WorkspaceId(new_id()), ChannelId(new_id())
        await owner.execute(
            """
            INSERT INTO engagement.channel (workspace_id, id, platform, name, active, path_token, credentials, config, version, created_at,
                changed_at, trouble) VALUES ($1, $2, 'inlet', 'inlet', true, $3, '', '{}', 1, now(), now(), '')
            """,
            workspace,
            channel,
            str(channel),
        )
        return cls(database, owner, _connected(workspace, channel))

    @property
    def workspace(self) -> WorkspaceId:
        """The workspace."""
        return self.channel.workspace_id

    @property
    def reader(self) -> Reader:
        """Reads this workspace's events."""
        return Reader(self.workspace, DEPLOYMENT_KEY, timedelta(hours=24))

    def profile(self, person: str) -> ProfileId:
        """A person's profile."""
        return self.reader.profile_of(_author(person))

    async def hear(self, *events: NeutralEvent) -> None:
        """Record events as the inbound worker does."""
        self.now += timedelta(seconds=1)
        async with self.database.transaction(self.workspace) as connection:
            await self.record(connection, *events)

    async def record(self, connection: Connection, *events: NeutralEvent) -> None:
        """Record events within a transaction."""
        items = [Item(event.id.encode(), event, self.now) for event in events]
        recorded = await record(connection, self.channel, items, reader=self.reader, now=self.now)
        await outbox.append(connection, self.workspace, recorded.events, now=self.now)

    async def says(self, person: str, *, post: str | None = None, **parts: Any) -> str:
        """A person writes: a direct message, or a comment beneath a post; gives its external id."""
        message = self.message(person, post=post, **parts)
        await self.hear(message)
        return message.id

    def message(self, person: str, *, post: str | None = None, **parts: Any) -> NeutralEvent:
        """What a person is about to write."""
        name = f"m-{len(self.said)}"
        self.said.append(name)
        kind = Kind.DIRECT if post is None else Kind.COMMENT
        given = {"kind": kind, "public": post is not None, "thread": post, "root": post, **parts}
        return NeutralEvent(id=name, occurred_at=self.now, author=_author(person), venue=_VENUE, text=f"{person} {name}", **given)

    async def answers_natively(self, person: str) -> None:
        """A colleague answers a person in the platform's own app."""
        name = f"n-{len(self.said)}"
        self.said.append(name)
        event = NeutralEvent(
            id=name,
            occurred_at=self.now,
            kind=Kind.DIRECT,
            author=_author("us"),
            recipient=_author(person),
            direction=Direction.OUTBOUND,
            venue=_VENUE,
            text="as I said",
        )
        await self.hear(event)

    async def deletes(self, name: str) -> None:
        """A message is taken back by its author."""
        author = _author("ana")
        await self.hear(NeutralEvent(id=f"d-{name}", occurred_at=self.now, kind=Kind.DELETION, author=author, venue=_VENUE, target=name))

    async def answers(self, conversation: UUID) -> None:
        """A member answers the newest message of a thread, and the platform takes it."""
        self.now += timedelta(seconds=1)
        draft = replies.Draft(conversation=ConversationId(conversation), text="Hello", answers=None, version=None, member=self.member)
        async with self.database.transaction(self.workspace) as connection:
            thread = await replies.channel_of(connection, self.workspace, draft.conversation)
            posted = await replies.post_reply(connection, self.channel, thread, draft, now=self.now)
            reply = await self._sent(connection, posted.reply)
            await outcomes.conclude(connection, self.workspace, reply, now=self.now)

    async def _sent(self, connection: Connection, reply: asyncpg.Record) -> asyncpg.Record:
        sent = await reply_statements.settle_reply(
            connection,
            self.workspace,
            reply["id"],
            states=("queued",),
            state="sent",
            reason="",
            external_id=f"r-{reply['id']}",
            now=self.now,
        )
        assert sent is not None
        return sent

    async def declines(self, interaction: UUID) -> None:
        """A member decides that a message gets no answer."""
        async with self.database.transaction(self.workspace) as connection:
            await declining.decline(connection, self.workspace, InteractionId(interaction), reason="no", member=self.member, now=self.now)

    async def takes_back(self, interaction: UUID) -> None:
        """A member takes a decline back."""
        async with self.database.transaction(self.workspace) as connection:
            await settling.take_back_decline(connection, self.workspace, InteractionId(interaction), member=self.member, now=self.now)

    async def drafts(self, conversation: UUID) -> None:
        """A member begins to write."""
        sketch = drafts.Sketch(conversation=ConversationId(conversation), member=self.member, text="Dear")
        async with self.database.transaction(self.workspace) as connection:
            await drafts.save_draft(connection, self.workspace, sketch, now=self.now)

    async def blocks(self, person: str) -> None:
        """A member blocks a person."""
        async with self.database.transaction(self.workspace) as connection:
            await blocking.block(connection, self.workspace, self.profile(person), reason="rude", member=self.member, now=self.now)

    async def unblocks(self, person: str) -> None:
        """A member takes a block back."""
        async with self.database.transaction(self.workspace) as connection:
            await blocking.unblock(connection, self.workspace, self.profile(person), member=self.member, now=self.now)

    async def marks(self, conversation: UUID, *, spam: bool) -> None:
        """A member marks a thread as spam, or takes that back."""
        mark = blocking.mark_spam if spam else blocking.take_back_spam
        version = (await self.thread(conversation))["version"]
        async with self.database.transaction(self.workspace) as connection:
            await mark(connection, self.workspace, ConversationId(conversation), version=version, member=self.member, now=self.now)

    async def changes(self, conversation: UUID, **wish: Any) -> None:
        """A member changes a thread."""
        version = (await self.thread(conversation))["version"]
        async with self.database.transaction(self.workspace) as connection:
            await changing.change_conversation(
                connection,
                self.workspace,
                ConversationId(conversation),
                changing.Wish(**wish),
                version=version,
                member=self.member,
                now=self.now,
            )

    async def merges(self, conversation: UUID, into: UUID) -> None:
        """A member merges a thread into another."""
        version = (await self.thread(conversation))["version"]
        async with self.database.transaction(self.workspace) as connection:
            await merging.merge(
                connection,
                self.workspace,
                ConversationId(conversation),
                into=ConversationId(into),
                version=version,
                member=self.member,
                now=self.now,
            )

    async def splits(self, conversation: UUID) -> None:
        """A member takes a merge back."""
        async with self.database.transaction(self.workspace) as connection:
            await merging.split(connection, self.workspace, ConversationId(conversation), member=self.member, now=self.now)

    async def folds(self) -> None:
        """The sweep adds the parts of the ledger's sums together."""
        async with self.database.transaction(self.workspace) as connection:
            await ledger.fold_sums(connection, self.workspace, beyond=5)

    async def wakes(self) -> None:
        """A day passes, and the sweep wakes what is due."""
        self.now += timedelta(days=1)
        async with self.database.transaction(self.workspace) as connection:
            await changing.wake_due(connection, self.workspace, now=self.now, limit=100)

    async def counts(self) -> dict[str, int]:
        """The ledger as the product tells it."""
        async with self.database.transaction(self.workspace) as connection:
            return dict(await ledger.ledger_counts(connection, self.workspace, now=self.now))

    async def thread(self, conversation: UUID) -> asyncpg.Record:
        """The thread that speaks for this one, as it is stored."""
        rows = {row["id"]: row for row in await self.threads()}
        row = rows[conversation]
        return rows[row["survivor_id"]] if row["survivor_id"] else row

    async def threads(self) -> list[asyncpg.Record]:
        """All threads as they are stored, also those that were merged away."""
        return await self.owner.fetch("SELECT * FROM engagement.conversation WHERE workspace_id = $1 ORDER BY id", self.workspace)

    async def rows(self) -> list[asyncpg.Record]:
        """The whole history as it is stored."""
        return await self.owner.fetch("SELECT * FROM engagement.interaction WHERE workspace_id = $1 ORDER BY id", self.workspace)

    async def blocked(self) -> set[UUID]:
        """Who is blocked."""
        found = await self.owner.fetch("SELECT profile_id FROM engagement.blocked_profile WHERE workspace_id = $1", self.workspace)
        return {row["profile_id"] for row in found}

    async def step(self, chance: Random) -> str:
        """Something that may happen at this point; gives its name."""
        threads = [row["id"] for row in await self.threads()]
        names = ["says", "says", "says", "comments", "native", "folds", "wakes"]
        if threads:
            names += ["answers", "declines", "takes back", "deletes", "blocks", "unblocks", "spam", "unspam"]
            names += ["closes", "snoozes", "assigns", "drafts", "merges", "splits"]
        name = self.did = chance.choice(names)
        await _STEPS[name](self, chance, threads)
        return name


_VENUE = Venue(network="shop", external_id="page", title="Our page")


def _author(name: str) -> Author:
    return Author(network="shop", external_id=name, name=name)


def _connected(workspace: WorkspaceId, channel: ChannelId) -> ConnectedChannel:
    connector = find_connector("inlet")
    assert connector is not None
    return ConnectedChannel(
        workspace_id=workspace,
        id=channel,
        platform="inlet",
        version=1,
        path_token=str(channel),
        active=True,
        connector=connector,
        acknowledges=None,
        listens=None,
        facts=ChannelFacts(platform="inlet", account="us", config={}),
        secrets=Secrets(current="", previous=None, config={}),
        access=ChannelAccess(platform="inlet", account="us", config={}, credentials={}, signing_secret=""),
    )


async def _says(play: Play, chance: Random, _: list[UUID]) -> None:
    await play.says(chance.choice(PEOPLE))


async def _comments(play: Play, chance: Random, _: list[UUID]) -> None:
    await play.says(chance.choice(PEOPLE), post=chance.choice(["p-1", "p-2"]))


async def _native(play: Play, chance: Random, _: list[UUID]) -> None:
    await play.answers_natively(chance.choice(PEOPLE))


async def _answers(play: Play, chance: Random, threads: list[UUID]) -> None:
    await play.answers(chance.choice(threads))


async def _declines(play: Play, chance: Random, _: list[UUID]) -> None:
    await play.declines(chance.choice(await play.rows())["id"])


async def _takes_back(play: Play, chance: Random, _: list[UUID]) -> None:
    declined = [row["id"] for row in await play.rows() if row["ledger"] == "declined"]
    await play.takes_back(chance.choice(declined or [row["id"] for row in await play.rows()]))


async def _assigns(play: Play, chance: Random, threads: list[UUID]) -> None:
    await play.changes(chance.choice(threads), sets_owner=True, owner=chance.choice([play.member, None]))


async def _drafts(play: Play, chance: Random, threads: list[UUID]) -> None:
    await play.drafts(chance.choice(threads))


async def _deletes(play: Play, chance: Random, _: list[UUID]) -> None:
    await play.deletes(chance.choice(play.said))


async def _blocks(play: Play, chance: Random, _: list[UUID]) -> None:
    await play.blocks(chance.choice(PEOPLE))


async def _unblocks(play: Play, chance: Random, _: list[UUID]) -> None:
    await play.unblocks(chance.choice(PEOPLE))


async def _spam(play: Play, chance: Random, threads: list[UUID]) -> None:
    await play.marks(chance.choice(threads), spam=True)


async def _unspam(play: Play, chance: Random, threads: list[UUID]) -> None:
    await play.marks(chance.choice(threads), spam=False)


async def _closes(play: Play, chance: Random, threads: list[UUID]) -> None:
    await play.changes(chance.choice(threads), status=chance.choice([ConversationStatus.CLOSED, ConversationStatus.PENDING]))


async def _snoozes(play: Play, chance: Random, threads: list[UUID]) -> None:
    await play.changes(chance.choice(threads), snoozed_until=play.now + timedelta(hours=chance.choice([1, 30])))


async def _merges(play: Play, chance: Random, threads: list[UUID]) -> None:
    await play.merges(chance.choice(threads), chance.choice(threads))


async def _splits(play: Play, chance: Random, threads: list[UUID]) -> None:
    await play.splits(chance.choice(threads))


async def _folds(play: Play, _: Random, __: list[UUID]) -> None:
    await play.folds()


async def _wakes(play: Play, _: Random, __: list[UUID]) -> None:
    await play.wakes()


_STEPS = {
    "says": _says,
    "comments": _comments,
    "native": _native,
    "answers": _answers,
    "declines": _declines,
    "takes back": _takes_back,
    "assigns": _assigns,
    "drafts": _drafts,
    "deletes": _deletes,
    "blocks": _blocks,
    "unblocks": _unblocks,
    "spam": _spam,
    "unspam": _unspam,
    "closes": _closes,
    "snoozes": _snoozes,
    "merges": _merges,
    "splits": _splits,
    "folds": _folds,
    "wakes": _wakes,
}
