"""Events in: whose profile it is and who works here (identity), what it is about and whose job it is (routing). Started by `main`.

Every handler is idempotent by natural keys: versions of profiles, members and tasks, the ledger's own states.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from services.contracts.envelope import Event
from services.contracts.events import (
    ConsentChanged,
    InteractionTriaged,
    MemberChanged,
    ProfileAssigned,
    PurposesChanged,
    TaskAssigned,
    TaskCompleted,
)
from services.contracts.ids import MemberId, WorkspaceId
from services.contracts.vocabulary import Ledger
from services.engagement import inbox, members
from services.engagement.consent import keeping
from services.engagement.handing_over import hand_over
from services.engagement.recording import settled_event
from services.engagement.statements import history as statements
from services.kit import outbox
from services.kit.bus import Received
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.subscriptions import Subscription

E = TypeVar("E", bound=Event)


class Projections:
    """The handlers. `database` is of the role `app`; `published` wakes the relay."""

    def __init__(self, database: Database, *, clock: Clock, published: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._published = published

    def subscriptions(self) -> tuple[Subscription, ...]:
        """What engagement listens to, as a table."""
        return (
            Subscription(durable="engagement-profiles", service="identity", events=(ProfileAssigned,), handler=self.assign_profiles),
            Subscription(durable="engagement-members", service="identity", events=(MemberChanged,), handler=self.keep_members),
            Subscription(
                durable="engagement-consent", service="identity", events=(ConsentChanged, PurposesChanged), handler=self.keep_consent
            ),
            Subscription(
                durable="engagement-work",
                service="routing",
                events=(InteractionTriaged, TaskAssigned, TaskCompleted),
                handler=self.stamp_work,
            ),
        )

    async def assign_profiles(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Keep the newest contact of each profile."""
        newest: dict[object, ProfileAssigned] = {}
        for event in _events(batch, ProfileAssigned):
            known = newest.get(event.profile_id)
            if known is None or known.version < event.version:
                newest[event.profile_id] = event
        rows = [(event.profile_id, event.contact_id, event.version) for event in newest.values()]
        async with self._database.transaction(workspace) as connection:
            await statements.assign_profiles(connection, workspace, rows)

    async def keep_members(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Keep what is newest of each member, then hand over what those who have left had."""
        told = _events(batch, MemberChanged)
        async with self._database.transaction(workspace) as connection:
            await members.keep_members(connection, workspace, told)
        for member in sorted({event.member_id for event in told if not event.active}):
            await self._hand_over(workspace, member)

    async def _hand_over(self, workspace: WorkspaceId, member: MemberId) -> None:
        """Some at a time, each in a transaction of its own: after a crash the rest is handed over when the event comes again."""
        more = True
        while more:
            async with self._database.transaction(workspace) as connection:
                more = await hand_over(connection, workspace, member, now=self._clock.now())
            self._published()

    async def keep_consent(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Keep what is newest of each profile's words, and of the workspace's purposes."""
        async with self._database.transaction(workspace) as connection:
            await keeping.keep_words(connection, workspace, _events(batch, ConsentChanged))
            await keeping.keep_purposes(connection, workspace, _events(batch, PurposesChanged))

    async def stamp_work(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Write what interactions are about, whose they are and by when, and exempt those that owe no answer."""
        verdicts = {event.interaction_id: event for event in _events(batch, InteractionTriaged)}
        tasks = {
            interaction: event
            for event in sorted(_events(batch, TaskAssigned), key=lambda event: event.version)
            for interaction in event.interaction_ids
        }
        rows = [(each, *_judged(verdicts.get(each)), *_tasked(tasks.get(each))) for each in sorted({*verdicts, *tasks})]
        now = self._clock.now()
        async with self._database.transaction(workspace) as connection:
            # Threads before messages: so everybody locks them, and nobody deadlocks.
            await inbox.keep_tasks(connection, workspace, _events(batch, TaskAssigned), completed=_events(batch, TaskCompleted), now=now)
            exempt = await statements.stamp(connection, workspace, rows) if rows else []
            settled: list[Event] = [
                settled_event(row, ledger=Ledger.EXEMPT, reason=verdicts[row["id"]].exempt_reason or "") for row in exempt
            ]
            await outbox.append(connection, workspace, settled, now=now)
        if exempt:
            self._published()


def _judged(event: InteractionTriaged | None) -> tuple[object, ...]:
    if event is None:
        return (None,) * 5
    return event.discipline.value, event.phase.value, event.sentiment.value, event.urgency.value, event.exempt_reason


def _tasked(event: TaskAssigned | None) -> tuple[object, ...]:
    return (None,) * 3 if event is None else (event.task_id, event.version, event.due_at)


def _events(batch: Sequence[Received], kind: type[E]) -> list[E]:
    return [received.event for received in batch if isinstance(received.event, kind)]
