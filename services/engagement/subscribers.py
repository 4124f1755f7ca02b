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
    PeopleEntered,
    ProfileAssigned,
    ProfileKindsChanged,
    PurposesChanged,
    TaskAssigned,
    TaskCompleted,
    TaskHandedOff,
)
from services.contracts.ids import MemberId, WorkspaceId
from services.contracts.invitations import PURPOSE as INVITATIONS
from services.contracts.vocabulary import Ledger
from services.engagement import inbox, members
from services.engagement.archiving import Archiving
from services.engagement.consent import keeping
from services.engagement.erasing.composition import ErasuresHeard
from services.engagement.exporting import ExportsHeard
from services.engagement.handing_over import hand_off, hand_over
from services.engagement.notifications.composition import mail_server
from services.engagement.notifications.inviting import Inviter
from services.engagement.notifications.sources import NotificationSources
from services.engagement.recording import settled_event
from services.engagement.records import keep_records
from services.engagement.retaining import RetentionHeard
from services.engagement.satisfaction.planning import Planner
from services.engagement.settings import EngagementSettings
from services.engagement.statements import history as statements
from services.kit import outbox, packing
from services.kit.bus import Received
from services.kit.clock import Clock
from services.kit.crypto import Vault
from services.kit.db import Database
from services.kit.erasing import PURPOSE as ERASURE
from services.kit.inbox import unprocessed
from services.kit.subscriptions import Subscription

HAND_OFFS = "engagement-hand-offs"
CREDENTIALS = "channel-credentials"
E = TypeVar("E", bound=Event)


def subscriptions(
    settings: EngagementSettings,
    database: Database,
    *,
    clock: Clock,
    published: Callable[[], None],
    told: Callable[[WorkspaceId], None],
) -> tuple[Subscription, ...]:
    """All that engagement hears: `main` runs them, and whoever redrives dead letters hands those to them.

    `database` is of the role `app`; `published` wakes the relay, `told` also those who deliver notifications.
    """
    return (
        *Projections(database, clock=clock, published=published).subscriptions(),
        *NotificationSources(database, clock=clock, told=told).subscriptions(),
        Inviter(mail_server(settings), key=settings.key_for(INVITATIONS), link=settings.invitation_link, clock=clock).subscription(),
        *Archiving(
            database, vault=Vault(settings.key_for(CREDENTIALS)), deployment_key=settings.deployment_key(), clock=clock, published=published
        ).subscriptions(),
        Planner(database, clock=clock).subscription(),
        RetentionHeard(database, clock=clock).subscription(),
        ErasuresHeard(database, vault=Vault(settings.key_for(ERASURE)), clock=clock).subscription(),
        ExportsHeard(database, vault=Vault(settings.key_for(packing.PURPOSE)), clock=clock, published=published).subscription(),
    )


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
            Subscription(durable="engagement-records", service="identity", events=(PeopleEntered,), handler=self.keep_records),
            Subscription(durable="engagement-members", service="identity", events=(MemberChanged,), handler=self.keep_members),
            Subscription(
                durable="engagement-consent", service="identity", events=(ConsentChanged, PurposesChanged), handler=self.keep_consent
            ),
            Subscription(durable="engagement-kinds", service="identity", events=(ProfileKindsChanged,), handler=self.keep_kinds),
            Subscription(
                durable="engagement-work",
                service="routing",
                events=(InteractionTriaged, TaskAssigned, TaskCompleted),
                handler=self.stamp_work,
            ),
            Subscription(durable=HAND_OFFS, service="routing", events=(TaskHandedOff,), handler=self.hand_off),
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

    async def keep_records(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Write what lists say of people into their history."""
        told = [entered for event in _events(batch, PeopleEntered) for entered in event.entries]
        async with self._database.transaction(workspace) as connection:
            await keep_records(connection, workspace, told, now=self._clock.now())

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

    async def keep_kinds(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Keep what is newest of what people are to the company."""
        async with self._database.transaction(workspace) as connection:
            await keeping.keep_kinds(connection, workspace, _events(batch, ProfileKindsChanged))

    async def hand_off(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Say in threads that their work went to another discipline; a member's act each, so there are few."""
        async with self._database.transaction(workspace) as connection:
            for event in _events(await unprocessed(connection, HAND_OFFS, batch), TaskHandedOff):
                await hand_off(connection, workspace, event, now=self._clock.now())
        self._published()

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
