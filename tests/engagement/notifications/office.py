"""A workspace with members, a clock that stands still, and the notification workers on a real database. Used by the tests beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.contracts.envelope import Event, Header
from services.contracts.events import MemberChanged, ReplyFailed, ReplyUnsettled, TargetMissed, TargetWarned, TaskAssigned
from services.contracts.ids import (
    ChannelId,
    ConversationId,
    InteractionId,
    MemberId,
    ProfileId,
    ReplyId,
    TaskId,
    WorkspaceId,
)
from services.contracts.vocabulary import Discipline, NotificationKind, Phase, ReplyState, Role, Urgency
from services.engagement import members
from services.engagement.notifications import preferences
from services.engagement.notifications.kinds import Means
from services.engagement.notifications.sources import NotificationSources
from services.kit.bus import Received
from services.kit.clock import FixedClock
from services.kit.db import Database

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@dataclass
class Office:
    """One company at noon, and what its members are told."""

    database: Database
    worker: Database
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    workspace: WorkspaceId = field(default_factory=lambda: WorkspaceId(uuid4()))
    woken: list[WorkspaceId] = field(default_factory=list)
    sequence: int = 0

    def __post_init__(self) -> None:
        self.sources = NotificationSources(self.database, clock=self.clock, told=self.woken.append)

    async def member(
        self, name: str, *disciplines: Discipline, role: Role = Role.AGENT, active: bool = True, email: str | None = None
    ) -> MemberId:
        """Somebody who works here."""
        changed = MemberChanged(
            member_id=MemberId(uuid4()),
            name=name,
            role=role,
            disciplines=disciplines,
            active=active,
            email=f"{name}@acme.example" if email is None else email,
            version=1,
        )
        async with self.database.transaction(self.workspace) as connection:
            await members.keep_members(connection, self.workspace, [changed])
        return changed.member_id

    async def hear(self, *events: Event, ago: timedelta = timedelta()) -> list[Received]:
        """Let events arrive, each under an id of its own; gives them as they came."""
        batch = [self.received(event, ago=ago) for event in events]
        await self.hear_again(batch)
        return batch

    async def hear_again(self, batch: Sequence[Received]) -> None:
        """Deliver a batch, once more perhaps."""
        of_routing = isinstance(batch[0].event, TaskAssigned | TargetWarned | TargetMissed)
        await (self.sources.hear_routing if of_routing else self.sources.hear_engagement)(self.workspace, batch)

    async def choose(self, member: UUID, kind: NotificationKind, means: Means) -> None:
        """Say how somebody is told of a kind."""
        async with self.database.transaction(self.workspace) as connection:
            await preferences.change_kinds(connection, self.workspace, member, {kind: means})

    async def rows(self, member: UUID | None = None) -> list[dict[str, Any]]:
        """All notifications, or somebody's, in the order of their matters' first happening."""
        async with self.database.transaction(self.workspace) as connection:
            found = await connection.fetch(
                "SELECT * FROM notification WHERE $1::uuid IS NULL OR member_id = $1 ORDER BY created_at, kind, member_id", member
            )
        return [dict(row) for row in found]

    async def told(self, member: UUID) -> list[tuple[str, int]]:
        """Kinds and counts of somebody's notifications."""
        return [(row["kind"], row["count"]) for row in await self.rows(member)]

    async def events(self) -> list[dict[str, Any]]:
        """What was put into the outbox."""
        async with self.database.transaction(self.workspace) as connection:
            return [dict(row) for row in await connection.fetch("SELECT type, data FROM outbox ORDER BY id")]

    def received(self, event: Event, *, ago: timedelta = timedelta()) -> Received:
        """An event as it comes, under an id of its own."""
        self.sequence += 1
        header = Header(
            id=f"test-{self.sequence}",
            type=event.type,
            version=1,
            workspace=self.workspace,
            time=self.clock.now() - ago,
            subject=event.aggregate(),
            sequence=self.sequence,
        )
        return Received(header, event)


def task(
    member: MemberId | None = None, *, discipline: Discipline = Discipline.SERVICE, task_id: UUID | None = None, **parts: Any
) -> TaskAssigned:
    """A task that became somebody's."""
    fields: dict[str, Any] = {
        "task_id": TaskId(task_id or uuid4()),
        "conversation_id": ConversationId(uuid4()),
        "profile_id": ProfileId(uuid4()),
        "interaction_ids": (InteractionId(uuid4()),),
        "discipline": discipline,
        "phase": Phase.POST,
        "urgency": Urgency.NORMAL,
        "due_at": NOON,
        "why": "because",
        "version": 1,
        "member_id": member,
    }
    return TaskAssigned(**{**fields, **parts})


def warned(target: str, *, owner: MemberId | None, level: str = "Press") -> TargetWarned:
    """The time of an answer or a matter is nearly over."""
    return TargetWarned(**_target(target, owner, level))


def missed(target: str, *, owner: MemberId | None, escalate_to: tuple[MemberId, ...] = (), level: str = "Press") -> TargetMissed:
    """It is over."""
    return TargetMissed(**_target(target, owner, level), escalate_to=escalate_to)


def _target(target: str, owner: MemberId | None, level: str) -> dict[str, Any]:
    return {
        "matter_id": uuid4(),
        "conversation_id": ConversationId(uuid4()),
        "profile_id": ProfileId(uuid4()),
        "discipline": Discipline.PR,
        "target": target,
        "level": level,
        "due_at": NOON,
        "member_id": owner,
    }


def failed(author: MemberId | None, *, conversation: UUID | None = None, kind: type[Any] = ReplyFailed, reason: str = "blocked") -> Event:
    """A reply that did not go out."""
    event: ReplyFailed | ReplyUnsettled = kind(
        reply_id=ReplyId(uuid4()),
        interaction_id=InteractionId(uuid4()),
        conversation_id=ConversationId(conversation or uuid4()),
        channel_id=ChannelId(uuid4()),
        profile_id=ProfileId(uuid4()),
        state=ReplyState.FAILED if kind is ReplyFailed else ReplyState.UNKNOWN,
        at=NOON,
        member_id=author,
        reason=reason,
    )
    return event
