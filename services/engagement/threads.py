"""The threads into which a batch of messages falls: found or made by their keys, counted on, reopened. Called by recording.

A thread that was merged away keeps its key and its rows; its state and version are those of the thread that speaks for it, its lead.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.contracts.envelope import Event
from services.contracts.events import ConversationChanged
from services.contracts.ids import ConversationId, MemberId, ProfileId, WorkspaceId
from services.contracts.interaction import NeutralEvent
from services.contracts.vocabulary import ConversationStatus, Priority
from services.engagement.reading import Reader, conversation_kind, title_of
from services.engagement.registry import ConnectedChannel
from services.engagement.standing import stand_ins
from services.engagement.statements import conversations as conversation_statements
from services.engagement.statements import history as statements
from services.kit.db import Connection
from services.kit.ids import new_id


class Thread:
    """A locked conversation. `lead` is the thread that speaks for it: itself, unless it was merged away."""

    def __init__(self, row: asyncpg.Record) -> None:
        self.row = row
        self.id = ConversationId(row["id"])
        self.version: int = row["version"]
        self.answered = row["answered_at"] is not None
        self.lead = self

    def next_version(self) -> int:
        """Count on: all that are read as one thread count together."""
        self.lead.version += 1
        return self.lead.version


@dataclass(frozen=True, slots=True)
class Arrival:
    """A new row of a thread. `owed` ones reopen it, `spoken` ones, by a person, make it unread."""

    thread: Thread
    occurred_at: datetime
    owed: bool
    spoken: bool


@dataclass(slots=True)
class _Advance:
    """What a batch adds to one thread."""

    version: int
    newest: datetime
    added: int = 0
    reopen: bool = False
    spoken: bool = False


async def open_threads(
    connection: Connection,
    channel: ConnectedChannel,
    events: Sequence[NeutralEvent],
    *,
    keys: Sequence[bytes],
    reader: Reader,
    blocked: Collection[ProfileId],
) -> dict[bytes, Thread]:
    """The conversations of these events by their keys (aligned), made where they are new, and locked with their leads.

    What somebody blocked begins is closed from the start.
    """
    firsts: dict[bytes, NeutralEvent] = {}
    for key, event in zip(keys, events, strict=True):
        firsts.setdefault(key, event)
    rows = [_row(key, event, channel=channel, reader=reader, blocked=blocked) for key, event in sorted(firsts.items())]
    await statements.open_conversations(connection, channel.workspace_id, channel.id, rows=rows)
    found = {
        row["id"]: Thread(row) for row in await statements.locked_conversations(connection, channel.workspace_id, channel.id, list(firsts))
    }
    await _lead(connection, channel.workspace_id, found)
    return {thread.row["key"]: thread for thread in found.values() if thread.row["channel_id"] == channel.id}


async def advance(connection: Connection, workspace: WorkspaceId, arrivals: Iterable[Arrival], *, now: datetime) -> list[Event]:
    """Count what came, and reopen what it concerns; gives the events of threads that were closed, snoozed or pending."""
    advances: dict[ConversationId, _Advance] = {}
    reopened: dict[ConversationId, Thread] = {}
    for arrival in arrivals:
        lead = arrival.thread.lead
        for thread in (arrival.thread, lead):
            known = advances.setdefault(thread.id, _Advance(lead.version, arrival.occurred_at))
            known.newest = max(known.newest, arrival.occurred_at)
            known.spoken = known.spoken or arrival.spoken
        advances[arrival.thread.id].added += 1
        if arrival.owed:
            advances[lead.id].reopen = True
            reopened[lead.id] = lead
    if advances:
        rows = [(each, known.version, known.added, known.newest, known.reopen, known.spoken) for each, known in sorted(advances.items())]
        await statements.advance_conversations(connection, workspace, rows)
    woken = [thread for thread in reopened.values() if thread.row["status"] != ConversationStatus.OPEN]
    owners = await _new_owners(connection, workspace, woken, now=now)
    return [_reopened(thread, owners) for thread in woken]


async def _new_owners(
    connection: Connection, workspace: WorkspaceId, threads: Sequence[Thread], *, now: datetime
) -> dict[ConversationId, MemberId | None]:
    """The owners of those reopened threads that have another one now.

    A closed one that had none is whose who answered last, if they work here; of whoever is away or has left, it is whoever acts for them.
    """
    closed = [each for each in threads if each.row["status"] == ConversationStatus.CLOSED]
    ownerless = [each.id for each in closed if each.row["owner_id"] is None]
    rows = await conversation_statements.owners_found(connection, workspace, ownerless) if ownerless else []
    found = {ConversationId(row["id"]): MemberId(row["owner_id"]) for row in rows}
    held = {each.id: MemberId(each.row["owner_id"]) for each in closed if each.row["owner_id"] is not None} | found
    acting = await stand_ins(connection, workspace, set(held.values()), now=now)
    moved = {thread: acting[owner] for thread, owner in held.items() if acting[owner] != owner}
    if moved:
        await conversation_statements.give_conversations(connection, workspace, sorted(moved.items()))
    return {**found, **moved}


def changed_event(
    row: asyncpg.Record | dict[str, Any], *, changes: Sequence[str], by: MemberId | None = None, cause: str = ""
) -> ConversationChanged:
    """The event that tells of a thread as it is now; the row has the columns of statements.conversations.STATE."""
    return ConversationChanged(
        conversation_id=row["id"],
        channel_id=row["channel_id"],
        status=ConversationStatus(row["status"]),
        version=row["version"],
        by=by,
        owner_id=row["owner_id"],
        priority=Priority(row["priority"]),
        snoozed_until=row["snoozed_until"],
        survivor_id=row["survivor_id"],
        changes=tuple(changes),
        cause=cause,
    )


def _reopened(thread: Thread, owners: Mapping[ConversationId, MemberId | None]) -> ConversationChanged:
    now = {**thread.row, "status": ConversationStatus.OPEN, "snoozed_until": None, "version": thread.version}
    if thread.id not in owners:
        return changed_event(now, changes=["status"], cause="message")
    return changed_event({**now, "owner_id": owners[thread.id]}, changes=["status", "owner"], cause="message")


async def _lead(connection: Connection, workspace: WorkspaceId, threads: dict[UUID, Thread]) -> None:
    """Tie those that were merged away to their leads. One that was merged while it was waited for is read once more."""
    missing = {thread.row["survivor_id"] for thread in threads.values()} - threads.keys() - {None}
    if missing:
        threads.update({row["id"]: Thread(row) for row in await statements.locked_leads(connection, workspace, sorted(missing))})
    for thread in threads.values():
        if thread.row["survivor_id"] is not None:
            thread.lead = threads[thread.row["survivor_id"]]


def _row(
    key: bytes, event: NeutralEvent, *, channel: ConnectedChannel, reader: Reader, blocked: Collection[ProfileId]
) -> tuple[object, ...]:
    """In the order of statements.history.open_conversations."""
    person = reader.person_of(event)
    status = ConversationStatus.CLOSED if person in blocked else ConversationStatus.OPEN
    return (
        new_id(),
        key,
        person,
        channel.platform,
        conversation_kind(event).value,
        event.public,
        title_of(event),
        event.occurred_at,
        status.value,
    )
