"""Work for what is owed again: a decline, a block or the mark of spam was taken back. Called by subscribers, in their transaction.

What triage found to need no answer gets none: triage is told again, and engagement exempts it.
"""

from collections.abc import Sequence
from datetime import datetime

from services.contracts.envelope import Event
from services.contracts.ids import InteractionId, WorkspaceId
from services.contracts.vocabulary import Ledger
from services.kit.db import Connection
from services.routing.assignments import assign_again
from services.routing.levels.keeping import plan_of
from services.routing.people import kinds_of
from services.routing.playbook import playbook_of
from services.routing.settlements import Settlement
from services.routing.statements import tasks as task_statements
from services.routing.statements import triage as statements
from services.routing.tasks import assign_tasks
from services.routing.treating import kinds_now, needs_approval
from services.routing.verdicts import triaged_again


async def reopen_tasks(connection: Connection, workspace: WorkspaceId, settlements: Sequence[Settlement], *, now: datetime) -> list[Event]:
    """Open or join a task for each that is owed again and has none. What is not known yet gets its task when it comes."""
    again = {each.interaction_id: each for each in settlements if each.ledger is Ledger.OWED}
    rows = await statements.results_without_work(connection, workspace, sorted(again)) if again else []
    if not rows:
        return []
    playbook, plan = await playbook_of(connection, workspace), await plan_of(connection, workspace)
    owed = [row for row in rows if row["deserves_answer"] and row["exempt_reason"] is None]
    kinds = await kinds_of(connection, workspace, [row["profile_id"] for row in owed])
    works = [
        assign_again(
            row,
            again[row["interaction_id"]],
            playbook=playbook,
            plan=plan,
            kinds=kinds_now(held := kinds.get(row["profile_id"], ()), at=now),
            approval=needs_approval(held),
        )
        for row in owed
    ]
    return [*(triaged_again(row) for row in rows if row not in owed), *await assign_tasks(connection, workspace, works, now=now)]


async def owed_again(connection: Connection, workspace: WorkspaceId, interactions: Sequence[InteractionId]) -> set[InteractionId]:
    """Those of which engagement said last that they are owed again."""
    rows = await task_statements.settlements_of(connection, workspace, interactions)
    return {InteractionId(row["interaction_id"]) for row in rows if row["ledger"] == Ledger.OWED}
