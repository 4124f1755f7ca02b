"""The sweep that warns before a time is over and tells when it is. Started by `main`; changes no task but what was told of it.

Of hand-offs after which nobody contacted the person, too.
Times are rows: a process that was away finds afterwards what came due meanwhile, and what is told names the time that was set.
"""

from collections.abc import Callable, Collection

import asyncpg

from services.contracts.envelope import Event
from services.contracts.events import TargetMissed, TargetWarned
from services.contracts.ids import MemberId, ProfileId, WorkspaceId
from services.contracts.vocabulary import Discipline
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.rounds import Rounds
from services.routing.assigning.giving import take_from_silent
from services.routing.handing import flag_neglected
from services.routing.levels.keeping import plan_of
from services.routing.members import stand_ins
from services.routing.statements import levels as statements
from services.routing.statements.due import workspaces_with_due_targets
from services.routing.views import thread_of

SWEEP_SECONDS = 2.0


class Watcher:
    """`app` works in one workspace at a time, `worker` sees in which of them something is due; `published` wakes the relay."""

    def __init__(self, app: Database, worker: Database, *, clock: Clock, published: Callable[[], None]) -> None:
        self._app = app
        self._clock = clock
        self._published = published
        self._rounds = Rounds(
            "targets", worker, lambda connection, after: workspaces_with_due_targets(connection, after=after, now=clock.now())
        )

    async def run(self) -> None:
        """A round every two seconds, until cancelled."""
        await self._rounds.keep_going(self.tell, every_seconds=SWEEP_SECONDS)

    async def go(self) -> None:
        """One round."""
        await self._rounds.go(self.tell)

    async def tell(self, workspace: WorkspaceId) -> None:
        """Tell all that is due in a workspace, a batch a transaction."""
        more = True
        while more:
            now = self._clock.now()
            async with self._app.transaction(workspace) as connection:
                rows = await statements.told_tasks(connection, workspace, now=now)
                rows += await statements.told_resolutions(connection, workspace, now=now)
                events: list[Event] = [*await _events(connection, workspace, rows, self._clock)]
                neglected = await flag_neglected(connection, workspace, now=now)
                events += neglected
                silent = [row["id"] for row in rows if row["is_missed"] and row["target"] != "resolution"]
                events += await take_from_silent(connection, workspace, silent, now=now)
                await outbox.append(connection, workspace, events, now=now)
            more = max(len(rows), len(neglected)) >= statements.BATCH
            if events:
                self._published()


async def _events(
    connection: Connection, workspace: WorkspaceId, rows: Collection[asyncpg.Record], clock: Clock
) -> list[TargetWarned | TargetMissed]:
    if not rows:
        return []
    plan = await plan_of(connection, workspace)
    named = {level.name: level.escalate_to for level in plan.levels}
    acting = await stand_ins(connection, workspace, {member for members in named.values() for member in members}, now=clock.now())
    return [_event(row, [found for each in named.get(row["level"], ()) if (found := acting[each]) is not None]) for row in rows]


def _event(row: asyncpg.Record, escalate_to: Collection[MemberId]) -> TargetWarned | TargetMissed:
    warned = TargetWarned(
        matter_id=row["id"],
        conversation_id=thread_of(row),
        profile_id=ProfileId(row["profile_id"]),
        discipline=Discipline(row["discipline"]),
        target=row["target"],
        level=row["level"],
        due_at=row["due_at"],
        member_id=None if row["member_id"] is None else MemberId(row["member_id"]),
    )
    if not row["is_missed"]:
        return warned
    return TargetMissed(
        matter_id=warned.matter_id,
        conversation_id=warned.conversation_id,
        profile_id=warned.profile_id,
        discipline=warned.discipline,
        target=warned.target,
        level=warned.level,
        due_at=warned.due_at,
        member_id=warned.member_id,
        escalate_to=tuple(dict.fromkeys(escalate_to)),
    )
