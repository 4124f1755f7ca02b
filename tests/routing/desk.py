"""A workspace's routing as tests work with it: people say things, we settle them, and all that is stored can be compared. No tests.

The classifier is a scripted one: texts are words such as "sales purchase high" and mean just that; "boom" breaks it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from services.contracts.envelope import Event, Header
from services.contracts.events import (
    ConversationChanged,
    Evidence,
    InteractionCompleted,
    InteractionDeleted,
    InteractionReceived,
    InteractionReopened,
    InteractionSettled,
    MemberChanged,
    ProfileAssigned,
    ProfileKindsChanged,
    ReplySent,
)
from services.contracts.ids import ChannelId, ConversationId, InteractionId, MemberId, ProfileId, ReplyId, WorkspaceId
from services.contracts.interaction import Author, NeutralEvent, Venue
from services.contracts.vocabulary import ConversationStatus, Direction, Discipline, Kind, Ledger, Phase, ReplyState, Sentiment, Urgency
from services.kit.bus import Received
from services.kit.clock import FixedClock
from services.kit.db import Database
from services.kit.ids import new_id
from services.routing.subscribers import Subscribers
from services.routing.triage import Message, TriageResult
from services.routing.verdicts import Analyse

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TABLES = ("triage_result", "task", "task_interaction", "settled", "thread_owner", "resolution", "outbox")


def scripted(messages: Sequence[Message]) -> list[TriageResult]:
    """Does what the words say; a text without a discipline is nobody's."""
    return [_verdict(message) for message in messages]


def _verdict(message: Message) -> TriageResult:
    words = (message.text or "").split()
    if "boom" in words:
        raise ZeroDivisionError
    exempt = next((word.partition(":")[2] for word in words if word.startswith("exempt:")), None)
    return TriageResult(
        id=message.id,
        discipline=next((Discipline(word) for word in words if word in set(Discipline)), Discipline.NONE),
        phase=next((Phase(word) for word in words if word in {"pre", "purchase", "post"}), Phase.NONE),
        sentiment=Sentiment.NEUTRAL,
        urgency=next((Urgency(word) for word in words if word in set(Urgency)), Urgency.NORMAL),
        language="en",
        intents=("question", "price"),
        topics=(),
        confidence=0.75,
        deserves_answer=exempt is None and "undeserving" not in words,
        exempt_reason=exempt,
        ready=False,
        crisis=False,
        complaint="complaint" in words,
        suggestion=False,
        spam=False,
        confidential="confidential" in words,
        deadline=NOON + timedelta(minutes=5) if "deadline" in words else None,
        evidence=(Evidence(label="who", start=0, end=len(words[0]), source="script"),) if words else (),
        why="The script says so",
        version="script-1",
    )


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a thread."""

    profile: ProfileId = field(default_factory=lambda: ProfileId(new_id()))
    thread: ConversationId = field(default_factory=lambda: ConversationId(new_id()))

    def says(self, text: str | None, **changes: Any) -> InteractionReceived:
        """A message, received at noon."""
        content = {name: changes.pop(name) for name in ("kind", "direction", "public") if name in changes}
        content = {"kind": Kind.DIRECT, "direction": Direction.INBOUND, **content}
        event = NeutralEvent(
            id=str(new_id()),
            occurred_at=NOON,
            author=Author(network="n", external_id=str(self.profile)),
            venue=Venue(network="n", external_id="v"),
            text=text,
            **content,
        )
        return InteractionReceived(
            interaction_id=InteractionId(new_id()),
            profile_id=self.profile,
            channel_id=ChannelId(UUID(int=1)),
            conversation_id=self.thread,
            event=event,
            **{"received_at": NOON, **changes},
        )

    def also_in(self, other: "Person") -> "Person":
        """Another person in the same thread."""
        return Person(thread=other.thread)


def answered(*said: InteractionReceived, reply: ReplyId | None = None, by: MemberId | None = None) -> ReplySent:
    """The platform took a reply that settles these."""
    return ReplySent(
        reply_id=reply or ReplyId(new_id()),
        interaction_id=InteractionId(new_id()),
        conversation_id=said[0].conversation_id,
        channel_id=said[0].channel_id,
        profile_id=said[0].profile_id,
        state=ReplyState.SENT,
        at=NOON,
        member_id=by,
        answers=tuple(each.interaction_id for each in said),
    )


def settled(said: InteractionReceived, ledger: Ledger, *, reason: str = "", by: MemberId | None = None) -> InteractionSettled:
    """Engagement closed one in its ledger."""
    return InteractionSettled(
        interaction_id=said.interaction_id,
        conversation_id=said.conversation_id,
        profile_id=said.profile_id,
        ledger=ledger,
        reason=reason,
        by=by,
    )


def reopened(said: InteractionReceived, *, reason: str = "the decline was taken back", by: MemberId | None = None) -> InteractionReopened:
    """Engagement owes one an answer again."""
    return InteractionReopened(
        interaction_id=said.interaction_id, conversation_id=said.conversation_id, profile_id=said.profile_id, by=by, reason=reason
    )


def given(
    said: InteractionReceived, owner: MemberId | None, *, version: int, by: MemberId | None = None, cause: str = ""
) -> ConversationChanged:
    """A member gave the thread to somebody, or to nobody."""
    return ConversationChanged(
        conversation_id=said.conversation_id,
        channel_id=said.channel_id,
        status=ConversationStatus.OPEN,
        version=version,
        by=by,
        owner_id=owner,
        changes=("owner",),
        cause=cause,
    )


def deleted(said: InteractionReceived) -> InteractionDeleted:
    """Its author took it back."""
    return InteractionDeleted(
        interaction_id=said.interaction_id,
        conversation_id=said.conversation_id,
        profile_id=said.profile_id,
        deleted_at=NOON,
    )


def header(event: Event, workspace: WorkspaceId, *, sequence: int = 1, at: datetime = NOON) -> Header:
    """As the relay would write it."""
    return Header(
        id=f"engagement-{new_id()}",
        type=event.type,
        version=event.schema_version,
        workspace=workspace,
        time=at,
        subject=event.aggregate(),
        sequence=sequence,
    )


class Desk:
    """One workspace's routing at noon. `day` are events as engagement told them, a minute apart; others came first."""

    def __init__(self, database: Database, workspace: WorkspaceId, *, analyse: Analyse = scripted, day: Sequence[Event] = ()) -> None:
        self.database = database
        self.workspace = workspace
        self.clock = FixedClock(NOON)
        self.day = day
        self.woken = 0
        self.subscribers = Subscribers(database, clock=self.clock, wake=self._wake, analyse=analyse)

    async def hear(self, *events: Event) -> None:
        """Hand one batch to the subscription that it is for."""
        batch = [Received(self._header(event), event) for event in events]
        if isinstance(events[0], InteractionReceived):
            await self.subscribers.triage_interactions(self.workspace, batch)
        elif isinstance(events[0], InteractionCompleted):
            await self.subscribers.triage_completed(self.workspace, batch)
        elif isinstance(events[0], ProfileAssigned | ProfileKindsChanged):
            await self.subscribers.keep_people(self.workspace, batch)
        elif isinstance(events[0], MemberChanged):
            await self.subscribers.keep_members(self.workspace, batch)
        elif isinstance(events[0], ConversationChanged):
            await self.subscribers.hand_tasks_over(self.workspace, batch)
        else:
            await self.subscribers.settle_interactions(self.workspace, batch)

    async def tasks(self) -> list[Mapping[str, Any]]:
        """Every task with the interactions that it is about, in the order in which they were opened."""
        async with self.database.transaction(self.workspace) as connection:
            rows = await connection.fetch(
                "SELECT task.*, ARRAY(SELECT interaction_id FROM task_interaction WHERE task_id = task.id ORDER BY 1) AS about "
                "FROM task ORDER BY id"
            )
        return [dict(row) for row in rows]

    async def published(self) -> list[str]:
        """The types of all events in the outbox, in order."""
        async with self.database.transaction(self.workspace) as connection:
            return [row["type"] for row in await connection.fetch("SELECT type FROM outbox ORDER BY id")]

    async def events(self, type_: str) -> list[dict[str, Any]]:
        """The data of all events of a type in the outbox, in order."""
        async with self.database.transaction(self.workspace) as connection:
            rows = await connection.fetch("SELECT data FROM outbox WHERE type = $1 ORDER BY id", type_)
        return [orjson.loads(row["data"]) for row in rows]

    async def everything(self) -> Mapping[str, list[str]]:
        """Every row of every table, as text."""
        async with self.database.transaction(self.workspace) as connection:
            return {table: [str(row) for row in await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")] for table in TABLES}

    def _header(self, event: Event) -> Header:
        place = next((number for number, each in enumerate(self.day) if each is event), 0)
        return header(event, self.workspace, sequence=1 + place, at=NOON + timedelta(minutes=place))

    def _wake(self) -> None:
        self.woken += 1
