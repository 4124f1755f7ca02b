"""Tasks follow the thread that they are about: who is given the thread has its open work, and what comes later. Called by subscribers.

A colleague's task stays theirs; who loses the thread gives the work back to its discipline's queue.
"""

from collections.abc import Sequence
from datetime import datetime

from services.contracts.envelope import Event
from services.contracts.events import ConversationChanged
from services.contracts.ids import MemberId, WorkspaceId
from services.kit.db import Connection
from services.routing.members import stand_ins
from services.routing.statements import owners as statements
from services.routing.statements.members import is_at_work
from services.routing.statements.tasks import lock_conversations
from services.routing.tasks import assigned

BATCH = 200
HAND_OFF = "hand_off"


async def hand_over(connection: Connection, workspace: WorkspaceId, changes: Sequence[ConversationChanged]) -> list[Event]:
    """Remember who has the threads, and hand their open tasks over. The threads must be locked. Gives the events to publish."""
    told = [each for each in changes if each.owner_id is not None or "owner" in each.changes]
    last = {each.conversation_id: each for each in sorted(told, key=lambda each: each.version)}
    rows = [(each.conversation_id, each.owner_id, each.version) for each in last.values()]
    news = await statements.kept_owners(connection, workspace, rows) if rows else []
    # After a hand-off the work is already where it belongs; only what comes later follows the thread's new owner.
    followed = [tuple(row) for row in news if last[row["conversation_id"]].cause != HAND_OFF]
    handed = await statements.handed_tasks(connection, workspace, followed) if followed else []
    return [assigned(row, interactions=(), by=last[row["conversation_id"]].by) for row in handed]


async def pass_on(connection: Connection, workspace: WorkspaceId, member: MemberId, *, now: datetime) -> tuple[list[Event], bool]:
    """Hand on some of what a member who left still has, to whoever acts for them, else to the queues.

    Gives the events, and whether there may be more. Again, or once the member is back, it finds nothing to do.
    """
    if await is_at_work(connection, workspace, member):
        return [], False
    threads = await statements.threads_held(connection, workspace, member, limit=BATCH)
    if not threads:
        return [], False
    await lock_conversations(connection, workspace, [thread for thread in threads if thread is not None])
    acting = (await stand_ins(connection, workspace, [member], now=now))[member]
    rows = await statements.passed_tasks(connection, workspace, threads, former=member, member=acting)
    return [assigned(row, interactions=()) for row in rows], True
