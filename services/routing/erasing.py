"""What routing removes of a person who is erased, asked by an event and done by kit's job. Composed by `main`.

Tasks and verdicts stay, without profile and sentences: they are what was done, and are counted.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.contracts.envelope import Event
from services.contracts.events import PersonErasureRequested, WorkErased
from services.contracts.ids import ErasureId, WorkspaceId
from services.kit import outbox
from services.kit.bus import Received
from services.kit.clock import Clock
from services.kit.crypto import Vault
from services.kit.db import Connection, Database
from services.kit.erasing import Begin, Eraser, Removed, Subject, begin_erasing
from services.kit.foundation import Foundation
from services.kit.ids import FIRST_ID
from services.kit.subscriptions import Subscription
from services.routing.journey.recording import forget
from services.routing.statements import erasing as statements
from services.routing.statements import tasks
from services.routing.tasks import completed

SERVICE = "routing"


class ErasuresHeard:
    """The subscription. `database` is of the role `app`."""

    def __init__(self, database: Database, *, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def subscription(self) -> Subscription:
        """Durable `routing-erasures`."""
        return Subscription(durable="routing-erasures", service="identity", events=(PersonErasureRequested,), handler=self.begin)

    async def begin(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Remember until when nothing is written about these people, and begin the jobs."""
        async with self._database.transaction(workspace) as connection:
            for received in batch:
                if isinstance(event := received.event, PersonErasureRequested):
                    asked = Begin(id=event.erasure_id, sealed=event.sealed)
                    await begin_erasing(connection, workspace, asked, vault=self._vault, now=self._clock.now())


def eraser_of(foundation: Foundation, *, vault: Vault) -> Eraser:
    """The job, with the parts of a running service."""
    return Eraser(
        SERVICE,
        app=foundation.app,
        worker=foundation.worker,
        bus=foundation.bus,
        vault=vault,
        clock=foundation.clock,
        published=foundation.published,
        remove=Remover(foundation.app, clock=foundation.clock),
        ending=_told,
    )


async def _told(_: Connection, __: WorkspaceId, erasure: UUID, removed: dict[str, int], at: datetime) -> list[Event]:
    return [WorkErased(erasure_id=ErasureId(erasure), at=at, removed=removed)]


class Remover:
    """The job's own step in routing."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, workspace: WorkspaceId, subject: Subject, until: datetime) -> Removed:
        """See kit.erasing.Remove."""
        removed = Removed()
        async with self._database.transaction(workspace) as connection:
            removed.counts["stages"] += await forget(connection, workspace, sorted(subject.profiles), until=until)
            removed.counts["facts"] += await statements.removed_projections(connection, workspace, sorted(subject.profiles))
        for kind, step in (("verdicts", self._empty_verdicts), ("tasks", self._empty_tasks)):
            after: UUID | None = FIRST_ID
            while after is not None:
                found, after = await step(workspace, subject, until, after)
                removed.named.update(map(str, found))
                removed.counts += Counter({kind: len(found)})
        return removed

    async def _empty_verdicts(
        self, workspace: WorkspaceId, subject: Subject, until: datetime, after: UUID
    ) -> tuple[list[UUID], UUID | None]:
        async with self._database.transaction(workspace) as connection:
            found, following = await statements.verdicts_of(connection, workspace, sorted(subject.profiles), until=until, after=after)
            if found:
                await statements.emptied_verdicts(connection, workspace, found, erasure=subject.id)
        return found, following

    async def _empty_tasks(self, workspace: WorkspaceId, subject: Subject, until: datetime, after: UUID) -> tuple[list[UUID], UUID | None]:
        now = self._clock.now()
        async with self._database.transaction(workspace) as connection:
            found, following = await statements.tasks_of(connection, workspace, sorted(subject.profiles), until=until, after=after)
            if found:
                ended = await tasks.emptied_tasks(connection, workspace, found, erasure=subject.id, now=now)
                await outbox.append(connection, workspace, [completed(row, by=None) for row in ended], now=now)
        return found, following
