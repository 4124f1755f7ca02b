"""What a member who left had goes to the successor: threads that are not closed, what waits there for approval, promises, follows.

And what a task that went to another discipline leaves in its thread: a note, an owner, a follower; the contact is told nothing.
Called by `subscribers`, some at a time. Again it finds nothing to do; once the member is back it does nothing at all.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from services.contracts.events import TaskHandedOff
from services.contracts.ids import ConversationId, MemberId, WorkspaceId
from services.contracts.vocabulary import NotificationKind
from services.engagement.conversations.changing import resolve
from services.engagement.conversations.notes import add_note
from services.engagement.errors import ConversationNotFoundError
from services.engagement.notifications.telling import Matter, tell
from services.engagement.standing import stand_ins
from services.engagement.statements import approvals, conversations, history, members, promises
from services.engagement.threads import changed_event
from services.kit import outbox
from services.kit.db import Connection

BATCH = 200
CAUSE = "hand_over"
HAND_OFF = "hand_off"


async def hand_over(connection: Connection, workspace: WorkspaceId, member: MemberId, *, now: datetime) -> bool:
    """Hand over up to BATCH of each; gives whether there may be more. Without a successor threads go to nobody, the rest stays."""
    (standing, *_) = await members.members_by_id(connection, workspace, [member]) or (None,)
    if standing is None or standing["active"]:
        return False
    successor = (await stand_ins(connection, workspace, [member], now=now))[member]
    threads = await conversations.handed_conversations(connection, workspace, former=member, owner=successor, limit=BATCH)
    events = [changed_event(row, changes=["owner"], cause=CAUSE) for row in threads]
    await outbox.append(connection, workspace, events, now=now)
    if successor is None:
        return len(threads) == BATCH
    await _tell_of_proposals(connection, workspace, threads, successor=successor, now=now)
    kept = await promises.handed_promises(connection, workspace, former=member, successor=successor, limit=BATCH)
    followed = await conversations.handed_follows(connection, workspace, former=member, successor=successor, limit=BATCH)
    return BATCH in {len(threads), kept, followed}


async def hand_off(connection: Connection, workspace: WorkspaceId, event: TaskHandedOff, *, now: datetime) -> None:
    """Write the note, let whoever had the task follow the thread, and give it, where it was theirs, to whoever has the task now."""
    if event.conversation_id is None:
        return  # work that the playbook began: there is no thread yet
    try:
        thread = await resolve(connection, workspace, event.conversation_id)
    except ConversationNotFoundError:
        return  # erased, or removed with its time
    await history.lock_conversations(connection, workspace, [thread])
    text = f"Handed off from {event.from_discipline} to {event.discipline}: {event.note}"
    await add_note(connection, workspace, thread, text=text, mentioned=(), member=event.by, now=now)
    former = event.former_id
    if former is None:
        return
    await conversations.follow_conversation(connection, workspace, thread, members=[former], now=now)
    rows = await conversations.states_of(connection, workspace, [thread])
    if [row["owner_id"] for row in rows] == [former] and event.member_id != former:
        change = conversations.Change(sets_owner=True, owner=event.member_id)
        given = await conversations.changed_conversations(connection, workspace, [thread], change=change, version=None, member=event.by)
        told = [changed_event(row, changes=["owner"], by=event.by, cause=HAND_OFF) for row in given]
        await outbox.append(connection, workspace, told, now=now)


async def _tell_of_proposals(
    connection: Connection, workspace: WorkspaceId, threads: Sequence[asyncpg.Record], *, successor: MemberId, now: datetime
) -> None:
    """The owner is asked for approval, so the new owner is, too, for what waits."""
    rows = await approvals.proposals_in(connection, workspace, [ConversationId(row["id"]) for row in threads]) if threads else []
    matters = [
        Matter(
            kind=NotificationKind.REPLY_PROPOSED,
            id=row["id"],
            conversation=row["conversation_id"],
            channel=row["channel_id"],
            to=frozenset({successor}),
            by=row["member_id"],
        )
        for row in rows
    ]
    await tell(connection, workspace, matters, now=now)
