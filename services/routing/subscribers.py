"""Events in: received interactions become triage and tasks, settled ones complete them, those owed again open them; members are kept.

Run by `main` as durable subscriptions. One transaction per batch of one workspace; a second run changes nothing.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from services.contracts.envelope import Event
from services.contracts.events import (
    ConversationChanged,
    InteractionCompleted,
    InteractionDeleted,
    InteractionReceived,
    InteractionReopened,
    InteractionSettled,
    MemberChanged,
    ProfileAssigned,
    ProfileKindsChanged,
    ReplySent,
)
from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import Ledger
from services.kit import outbox, packing
from services.kit.bus import Received
from services.kit.clock import Clock
from services.kit.crypto import Vault
from services.kit.db import Connection, Database
from services.kit.erasing import PURPOSE, erased_among
from services.kit.subscriptions import Subscription
from services.routing.assignments import assign
from services.routing.cadences import follow_kinds
from services.routing.erasing import ErasuresHeard
from services.routing.exporting import ExportsHeard
from services.routing.handing import note_contacts
from services.routing.journey import planning
from services.routing.journey.recording import follow_memberships, record
from services.routing.journey.signals import steps_of
from services.routing.levels.keeping import plan_of
from services.routing.levels.resolutions import follow_threads
from services.routing.members import keep_members
from services.routing.owning import hand_over, pass_on
from services.routing.people import keep_kinds, kinds_of, lock_persons
from services.routing.playbook import playbook_of
from services.routing.reopening import owed_again, reopen_tasks
from services.routing.retaining import RetentionHeard
from services.routing.settings import RoutingSettings
from services.routing.settlements import Settlement, conversation_of, settlements_in
from services.routing.statements import tasks as statements
from services.routing.statements import triage as triage_statements
from services.routing.statements.levels import answered_before
from services.routing.tasks import assign_tasks, keep_settlements, settle_tasks
from services.routing.treating import treat
from services.routing.verdicts import Analyse, Verdict, judge, result_row, triaged, whole

MEMBERS = "routing-members"
PEOPLE = "routing-people"
TRIAGE = "routing-triage"
COMPLETED = "routing-completed"
SETTLED = "routing-settled"
OWNED = "routing-owned"


def subscriptions(
    settings: RoutingSettings, database: Database, *, clock: Clock, wake: Callable[[], None], analyse: Analyse
) -> tuple[Subscription, ...]:
    """All that routing hears: `main` runs them, and whoever redrives dead letters hands those to them."""
    erasures = ErasuresHeard(database, vault=Vault(settings.key_for(PURPOSE)), clock=clock)
    exports = ExportsHeard(database, vault=Vault(settings.key_for(packing.PURPOSE)), clock=clock, published=wake)
    return (
        *Subscribers(database, clock=clock, wake=wake, analyse=analyse).subscriptions(),
        erasures.subscription(),
        exports.subscription(),
        RetentionHeard(database, clock=clock).subscription(),
    )


class Subscribers:
    """What is heard of work and people. `wake` is the relay's, called after each commit that published something."""

    def __init__(self, database: Database, *, clock: Clock, wake: Callable[[], None], analyse: Analyse) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake
        self._analyse = analyse

    def subscriptions(self) -> tuple[Subscription, ...]:
        """What to subscribe to, and who handles it."""
        return (
            Subscription(durable=MEMBERS, service="identity", events=(MemberChanged,), handler=self.keep_members),
            Subscription(durable=PEOPLE, service="identity", events=(ProfileAssigned, ProfileKindsChanged), handler=self.keep_people),
            Subscription(durable=TRIAGE, service="engagement", events=(InteractionReceived,), handler=self.triage_interactions),
            Subscription(durable=COMPLETED, service="engagement", events=(InteractionCompleted,), handler=self.triage_completed),
            Subscription(
                durable=SETTLED,
                service="engagement",
                events=(InteractionSettled, InteractionReopened, ReplySent, InteractionDeleted),
                handler=self.settle_interactions,
            ),
            Subscription(durable=OWNED, service="engagement", events=(ConversationChanged,), handler=self.hand_tasks_over),
        )

    async def keep_members(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Keep what is newest of each member, then hand on what those who have left still had, some at a time."""
        told = [each.event for each in batch if isinstance(each.event, MemberChanged)]
        async with self._database.transaction(workspace) as connection:
            await keep_members(connection, workspace, told)
        for member in sorted({event.member_id for event in told if not event.active}):
            more = True
            while more:
                async with self._database.transaction(workspace) as connection:
                    events, more = await pass_on(connection, workspace, member, now=self._clock.now())
                    await outbox.append(connection, workspace, events, now=self._clock.now())
                self._wake()

    async def keep_people(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Keep what is newest of whose profile each is, and of what its owner is to the company."""
        assigned = [each.event for each in batch if isinstance(each.event, ProfileAssigned)]
        kinds = [each.event for each in batch if isinstance(each.event, ProfileKindsChanged)]
        async with self._database.transaction(workspace) as connection:
            await follow_memberships(connection, workspace, assigned=assigned, kinds=kinds)
            joined = await keep_kinds(connection, workspace, kinds)
            await follow_kinds(connection, workspace, joined, now=self._clock.now())

    async def triage_interactions(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Judge what arrived and open the tasks that it calls for."""
        received = {each.event.interaction_id: each.event for each in batch if isinstance(each.event, InteractionReceived)}
        if not received:
            return
        # Classifying is pure computation; in a thread it does not hold up the requests of this process.
        verdicts = await asyncio.to_thread(judge, list(received.values()), analyse=self._analyse)
        async with self._database.transaction(workspace) as connection:
            events = await self._record(connection, workspace, verdicts)
            await outbox.append(connection, workspace, events, now=self._clock.now())
        self._wake()

    async def triage_completed(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Judge again what was judged without its words. Whoever has the work keeps it; what nobody has is given to somebody."""
        told = {
            each.event.interaction_id: each.event for each in batch if isinstance(each.event, InteractionCompleted) and each.event.words
        }
        if not told:
            return
        verdicts = await asyncio.to_thread(judge, [whole(each) for each in told.values()], analyse=self._analyse)
        async with self._database.transaction(workspace) as connection:
            events = await self._replace(connection, workspace, verdicts)
            await outbox.append(connection, workspace, events, now=self._clock.now())
        if events:
            self._wake()

    async def settle_interactions(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Remember what is owed nothing any more, or again; complete the tasks that waited for it, and open those that it calls for."""
        settled: list[Settlement] = [settlement for each in batch for settlement in settlements_in(each)]
        if not settled and not any(isinstance(each.event, ReplySent) for each in batch):
            return
        threads = sorted({thread for each in batch if (thread := conversation_of(each)) is not None})
        async with self._database.transaction(workspace) as connection:
            await statements.lock_conversations(connection, workspace, threads)
            await note_contacts(connection, workspace, batch)
            news = await keep_settlements(connection, workspace, settled)
            events = await settle_tasks(connection, workspace, news)
            events += await reopen_tasks(connection, workspace, news, now=self._clock.now())
            await outbox.append(connection, workspace, events, now=self._clock.now())
        self._wake()

    async def hand_tasks_over(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Let the open tasks of threads that were given to somebody follow them, and matters stand still while their thread waits."""
        changes = [each.event for each in batch if isinstance(each.event, ConversationChanged)]
        async with self._database.transaction(workspace) as connection:
            await statements.lock_conversations(connection, workspace, sorted({each.conversation_id for each in changes}))
            events = await hand_over(connection, workspace, changes)
            await follow_threads(connection, workspace, changes, now=self._clock.now())
            await outbox.append(connection, workspace, events, now=self._clock.now())
        if events:
            self._wake()

    async def _record(self, connection: Connection, workspace: WorkspaceId, verdicts: Sequence[Verdict]) -> list[Event]:
        """Keep the verdicts that are new, and only those have consequences."""
        now = self._clock.now()
        verdicts = await _of_the_living(connection, workspace, verdicts)
        if not verdicts:
            return []
        threads = sorted({verdict.received.conversation_id for verdict in verdicts})
        await statements.lock_conversations(connection, workspace, threads)
        verdicts = await _treated(connection, workspace, verdicts)
        new = await triage_statements.inserted_results(connection, workspace, [result_row(verdict, now=now) for verdict in verdicts])
        fresh = [verdict for verdict in verdicts if verdict.received.interaction_id in new]
        withheld = [verdict.received.interaction_id for verdict in fresh if verdict.deserves_work and not verdict.calls_for_work]
        again = await owed_again(connection, workspace, withheld) if withheld else set()
        called_for = [verdict for verdict in fresh if verdict.calls_for_work or verdict.received.interaction_id in again]
        await _lock_writers(connection, workspace, fresh)
        opened = await _open(connection, workspace, called_for, now=now)
        moved = await _move(connection, workspace, fresh, now=now)
        return [*(triaged(verdict) for verdict in fresh if verdict.judged), *opened, *moved]

    async def _replace(self, connection: Connection, workspace: WorkspaceId, verdicts: Sequence[Verdict]) -> list[Event]:
        """Only verdicts that say something else than before have consequences; what is settled opens no work."""
        now = self._clock.now()
        verdicts = await _of_the_living(connection, workspace, verdicts)
        if not verdicts:
            return []
        await statements.lock_conversations(connection, workspace, sorted({verdict.received.conversation_id for verdict in verdicts}))
        verdicts = await _treated(connection, workspace, verdicts)
        news = await triage_statements.replaced_results(connection, workspace, [result_row(verdict, now=now) for verdict in verdicts])
        fresh = [verdict for verdict in verdicts if verdict.received.interaction_id in news]
        owed = [each.received.interaction_id for each in fresh if each.calls_for_work and each.received.ledger is Ledger.OWED]
        rows = await triage_statements.results_without_work(connection, workspace, owed) if owed else []
        without = {row["interaction_id"] for row in rows}
        called_for = [verdict for verdict in fresh if verdict.received.interaction_id in without]
        await _lock_writers(connection, workspace, fresh)
        opened = await _open(connection, workspace, called_for, now=now)
        moved = await _move(connection, workspace, fresh, now=now)
        return [*(triaged(verdict) for verdict in fresh if verdict.judged), *opened, *moved]


async def _of_the_living(connection: Connection, workspace: WorkspaceId, verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
    """All but those on what people said before they were erased."""
    erased = await erased_among(connection, workspace, sorted({verdict.received.profile_id for verdict in verdicts}))
    if not erased:
        return verdicts
    told = [(verdict, verdict.received.profile_id, verdict.received.event.occurred_at) for verdict in verdicts]
    return [verdict for verdict, profile, at in told if profile not in erased or at > erased[profile]]


async def _lock_writers(connection: Connection, workspace: WorkspaceId, verdicts: Sequence[Verdict]) -> None:
    """Let the playbook begin nothing of its own for these people meanwhile: what it began a moment ago is then seen, and taken over."""
    if verdicts:
        await lock_persons(connection, workspace, {verdict.received.profile_id for verdict in verdicts})


async def _open(connection: Connection, workspace: WorkspaceId, called_for: Sequence[Verdict], *, now: datetime) -> list[Event]:
    """The work that these call for, opened or joined."""
    if not called_for:
        return []
    playbook, plan = await playbook_of(connection, workspace), await plan_of(connection, workspace)
    matters = [(each.received.conversation_id, each.received.profile_id) for each in called_for]
    answered = await answered_before(connection, workspace, sorted(set(matters)))
    works = [
        assign(each, playbook=playbook, plan=plan, answered=matter in answered) for each, matter in zip(called_for, matters, strict=True)
    ]
    return await assign_tasks(connection, workspace, works, now=now)


async def _move(connection: Connection, workspace: WorkspaceId, fresh: Sequence[Verdict], *, now: datetime) -> Sequence[Event]:
    """What these say of where their writers are on their journeys, logged."""
    if not any(verdict.judged for verdict in fresh):
        return []
    plan = await planning.plan_of(connection, workspace)
    return await record(connection, workspace, steps_of(fresh, plan), plan=plan, now=now)


async def _treated(connection: Connection, workspace: WorkspaceId, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """With what follows from what the writers are to the company."""
    kinds = await kinds_of(connection, workspace, [verdict.received.profile_id for verdict in verdicts if verdict.judged])
    return [treat(verdict, kinds.get(verdict.received.profile_id, ())) for verdict in verdicts]
