"""What a member who left had goes to the successor: threads that are not closed, what waits there for approval, promises, follows.

Called by `subscribers`, some at a time. Again it finds nothing to do; once the member is back it does nothing at all.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from services.contracts.ids import ConversationId, MemberId, WorkspaceId
from services.contracts.vocabulary import NotificationKind
from services.engagement.notifications.telling import Matter, tell
from services.engagement.standing import stand_ins
from services.engagement.statements import approvals, conversations, members, promises
from services.engagement.threads import changed_event
from services.kit import outbox
from services.kit.db import Connection

BATCH = 200
CAUSE = "hand_over"


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
