"""Writes down what members are to know of: one notification per member, kind and matter. Runs in the caller's transaction.

Called by `sources`, `sweeping` and other business modules. What happens again in a matter that is unread is counted; nobody is told of
what he did himself; whoever left is told nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.contracts.events import NotificationAdded
from services.contracts.ids import ChannelId, ConversationId, MemberId, NotificationId, WorkspaceId
from services.contracts.standing_in import Standing, stand_in
from services.contracts.vocabulary import Discipline, NotificationKind, Role
from services.engagement.notifications.hours import next_digest, next_loud
from services.engagement.notifications.kinds import OUTGOING, Means, Outgoing
from services.engagement.notifications.preferences import Preferences, preferences_of
from services.engagement.standing import standings
from services.engagement.statements import members as member_statements
from services.engagement.statements import notification_means as means_statements
from services.engagement.statements import notifications as statements
from services.kit import outbox
from services.kit.db import Connection
from services.kit.ids import new_id

PAUSE = timedelta(minutes=5)
REASON_LIMIT_CHARS = 300
NOTHING = Means()
# Of no concern to administrators where nobody else is there.
PERSONAL = frozenset(
    {NotificationKind.TASK_ASSIGNED, NotificationKind.DISCIPLINE_TASK, NotificationKind.MENTIONED, NotificationKind.DUE_SOON}
)

# Told to whom it is about, be they away: they were named, or were given it as routing knows it.
OF_THE_PERSON = frozenset({NotificationKind.TASK_ASSIGNED, NotificationKind.MENTIONED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """Something that happened, for whom it is, and who did it. `id` is what makes it one matter: a task, a conversation, a channel.

    Who is named is told, else the discipline, else (but for what is `PERSONAL`) the administrators.
    """

    kind: NotificationKind
    id: UUID
    conversation: UUID | None = None
    channel: UUID | None = None
    reason: str = ""
    to: frozenset[UUID] = frozenset()
    discipline: Discipline | None = None
    by: UUID | None = None


Key = tuple[UUID, NotificationKind, UUID]


async def tell(connection: Connection, workspace: WorkspaceId, matters: Sequence[Matter], *, now: datetime) -> int:
    """Let everybody concerned know; gives to how many that was news."""
    counted = await _addressed(connection, workspace, matters, now=now)
    if not counted:
        return 0
    chosen = await preferences_of(connection, workspace, sorted({member for member, _, _ in counted}))
    rows = []
    for (member, kind, matter), (newest, count) in counted.items():
        means = _possible(chosen[member], kind)
        if not means.is_off:
            reason = newest.reason[:REASON_LIMIT_CHARS]
            ids = (new_id(), member, kind.value, matter, newest.conversation, newest.channel, reason, count)
            rows.append((*ids, means.app, means.email, means.chat, means.digest))
    if not rows:
        return 0
    added = await statements.add_notifications(connection, workspace, rows, now=now)
    await _queue(connection, workspace, added, chosen, now=now)
    events = [_event(row, now=now) for row in added if row["in_app"]]
    await outbox.append(connection, workspace, events, now=now)
    return len(added)


async def _addressed(
    connection: Connection, workspace: WorkspaceId, matters: Sequence[Matter], *, now: datetime
) -> dict[Key, tuple[Matter, int]]:
    """Each member's matters, with what was told last and how often."""
    counted: dict[Key, tuple[Matter, int]] = {}
    if not matters:
        return counted
    active = await member_statements.active_members(connection, workspace)
    known = standings(active)
    for matter in matters:
        concerned = set(recipients_of(acted_for(matter, known, now=now), active))
        for member in concerned | {workspace} if concerned else ():
            key = (member, matter.kind, matter.id)
            counted[key] = (matter, counted.get(key, (matter, 0))[1] + 1)
    return counted


def acted_for(matter: Matter, known: Mapping[MemberId, Standing], *, now: datetime) -> Matter:
    """The matter for whoever acts for those who are away. A deputy's own act is no news to the deputy: then others are told."""
    if matter.kind in OF_THE_PERSON:
        return matter
    acting = {stand_in(MemberId(each), known, now=now) if each in known else each for each in matter.to}
    if acting == matter.to:
        return matter
    return replace(matter, to=frozenset(each for each in acting if each is not None and each != matter.by))


def recipients_of(matter: Matter, active: Iterable[asyncpg.Record]) -> Collection[MemberId]:
    """Who is told: those named, else the discipline, else the administrators; of those who are here, and never whoever did it."""
    everybody = list(active)
    named = [row for row in everybody if row["id"] in matter.to]
    found = named or [row for row in everybody if matter.discipline is not None and matter.discipline.value in row["disciplines"]]
    if not found and matter.kind not in PERSONAL:
        found = [row for row in everybody if row["role"] == Role.ADMIN]
    return [row["id"] for row in found if row["id"] != matter.by]


def _possible(chosen: Preferences, kind: NotificationKind) -> Means:
    means = chosen.kinds.get(kind, NOTHING)
    return Means(app=means.app, email=means.email, chat=means.chat and chosen.chat is not None, digest=means.digest)


async def _queue(
    connection: Connection,
    workspace: WorkspaceId,
    added: Sequence[asyncpg.Record],
    chosen: dict[UUID, Preferences],
    *,
    now: datetime,
) -> None:
    due = {(row["member_id"], means) for row in added for means in OUTGOING if row[f"by_{means}"]}
    rows = [(member, means, new_id(), due_at(chosen[member], means, now=now)) for member, means in sorted(due)]
    if rows:
        await means_statements.queue_deliveries(connection, workspace, rows, pause=PAUSE)


def due_at(chosen: Preferences, means: Outgoing, *, now: datetime) -> datetime:
    """When a member may next be told by this means."""
    return next_digest(chosen.hours, now=now) if means == "digest" else next_loud(chosen.hours, now=now)


def _event(row: asyncpg.Record, *, now: datetime) -> NotificationAdded:
    return NotificationAdded(
        notification_id=NotificationId(row["id"]),
        member_id=MemberId(row["member_id"]),
        kind=NotificationKind(row["kind"]),
        at=now,
        conversation_id=None if row["conversation_id"] is None else ConversationId(row["conversation_id"]),
        channel_id=None if row["channel_id"] is None else ChannelId(row["channel_id"]),
    )
