"""The inbox of a member: which list, how much is in each, what has been read. Called by REST, batch routes and subscribers.

Runs in the edge's transaction. Work is routing's; engagement keeps of its tasks what lists and counts need.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.events import TaskAssigned, TaskCompleted
from services.contracts.ids import ChannelId, ConversationId, MemberId, TaskId, WorkspaceId
from services.contracts.views import ChannelCountView, InboxCountsView, InboxCountView, InboxItemView
from services.contracts.vocabulary import Discipline, InboxViewName, Urgency
from services.engagement.errors import ConversationNotFoundError
from services.engagement.statements import inbox as statements
from services.engagement.statements.reading import Position
from services.kit.db import Connection

MOST_COUNTED = 1_000
# Exact counts stop here all the same: no view of a person holds more, and a runaway count would hold up others.
MOST_COUNTED_EXACTLY = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whose inbox it is."""

    workspace: WorkspaceId
    member: MemberId
    disciplines: Sequence[str]


async def list_items(
    connection: Connection, reader: Reader, view: InboxViewName, *, after: Position, limit: int, now: datetime
) -> list[asyncpg.Record]:
    """Up to `limit` entries of a view after a position; rows for `item_view`."""
    workspace, member = reader.workspace, reader.member
    if view is InboxViewName.DISCIPLINES:
        return await statements.work_of_disciplines(connection, workspace, member, disciplines=reader.disciplines, after=after, limit=limit)
    if view is InboxViewName.OVERDUE:
        return await statements.overdue_work(connection, workspace, member, now=now, after=after, limit=limit)
    return await _LISTS[view](connection, workspace, member, after=after, limit=limit)


_LISTS: dict[InboxViewName, Callable[..., Awaitable[list[asyncpg.Record]]]] = {
    InboxViewName.MINE: statements.work_of_member,
    InboxViewName.OWNED: statements.owned_conversations,
    InboxViewName.UNASSIGNED: statements.unassigned_work,
    InboxViewName.WAITING: statements.waiting_work,
    InboxViewName.MENTIONS: statements.mentions_of,
}


async def count_views(
    connection: Connection,
    reader: Reader,
    *,
    exact: bool,
    now: datetime,
    unread_too: bool = False,
) -> InboxCountsView:
    """How much is in each view, beyond 1,000 only on request; what is unread in all but the member's own work too only on request."""
    most = MOST_COUNTED_EXACTLY if exact else MOST_COUNTED
    row = await statements.view_counts(connection, reader.workspace, reader.member, disciplines=reader.disciplines, now=now, most=most + 1)
    unread = {InboxViewName.MINE: min(row["mine_unread"], most)}
    if unread_too:
        counted = await statements.unread_counts(
            connection, reader.workspace, reader.member, disciplines=reader.disciplines, now=now, most=most
        )
        unread = {view: counted[view.value] for view in InboxViewName} | unread
    return InboxCountsView(
        views=tuple(
            InboxCountView(
                view=view,
                count=min(row[view.value], most),
                capped=row[view.value] > most,
                shown=shown(row[view.value], most=most),
                unread=unread.get(view),
            )
            for view in InboxViewName
        )
    )


async def count_channels(
    connection: Connection, workspace: WorkspaceId, channels: Sequence[UUID], *, exact: bool = False
) -> list[ChannelCountView]:
    """How many threads of each channel are not closed, beyond 1,000 only on request; aligned with the ids."""
    most = MOST_COUNTED_EXACTLY if exact else MOST_COUNTED
    rows = await statements.channel_counts(connection, workspace, channels, most=most + 1)
    open_of = {row["id"]: row["open"] for row in rows}
    return [
        ChannelCountView(
            channel_id=ChannelId(each),
            count=min(count, most),
            capped=count > most,
            shown=shown(count, most=most),
        )
        for each in channels
        for count in (open_of.get(each, 0),)
    ]


async def mark_read(connection: Connection, reader: Reader, conversation: ConversationId, *, version: int | None, now: datetime) -> None:
    """Remember how far the member has read. Raises ConversationNotFoundError."""
    if not await statements.lock_leads(connection, reader.workspace, [conversation]):
        raise ConversationNotFoundError
    await statements.mark_read(connection, reader.workspace, reader.member, conversation, version=version, now=now)
    await statements.refresh_unread(connection, reader.workspace, reader.member, conversation)


async def mark_unread(connection: Connection, reader: Reader, conversation: ConversationId) -> None:
    """Forget that the member has read it. Raises ConversationNotFoundError."""
    if not await statements.lock_leads(connection, reader.workspace, [conversation]):
        raise ConversationNotFoundError
    await statements.mark_unread(connection, reader.workspace, reader.member, conversation)
    await statements.refresh_unread(connection, reader.workspace, reader.member, conversation)


async def keep_tasks(
    connection: Connection,
    workspace: WorkspaceId,
    assigned: Iterable[TaskAssigned],
    *,
    completed: Iterable[TaskCompleted],
    now: datetime,
) -> None:
    """Keep what routing told of its tasks in threads, in whatever order it came. Locks the threads of those that have a member."""
    rows: dict[TaskId, tuple[object, ...]] = {}
    threads: set[ConversationId] = set()
    for event in sorted(assigned, key=lambda each: each.version):
        if event.conversation_id is None:
            continue
        rows[event.task_id] = (
            event.conversation_id,
            event.discipline.value,
            event.member_id,
            event.urgency.value,
            event.due_at,
            event.version,
        )
        if event.member_id is not None:
            threads.add(event.conversation_id)
    done = {event.task_id: event for event in completed if event.conversation_id is not None}
    for task, end in done.items():
        rows.setdefault(task, (end.conversation_id, end.discipline.value, None, Urgency.NORMAL.value, now, 0))
    if threads:
        await statements.lock_leads(connection, workspace, threads)
    if rows:
        await statements.keep_tasks(connection, workspace, [(task, *row, task in done) for task, row in sorted(rows.items())])


def item_view(row: asyncpg.Record) -> InboxItemView:
    """One entry."""
    return InboxItemView(
        id=row["id"],
        conversation_id=row["conversation_id"],
        task_id=row["task_id"],
        discipline=Discipline(row["discipline"]) if row["discipline"] else None,
        urgency=Urgency(row["urgency"]) if row["urgency"] else None,
        member_id=row["member_id"],
        due_at=row["due_at"],
        at=row["at"],
        unread=row["unread"],
    )


def shown(count: int, *, most: int) -> str:
    """A count as it is printed: "1,000+" where it was not counted to the end."""
    return f"{most:,}+" if count > most else f"{count:,}"
