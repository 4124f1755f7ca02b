"""What the command line may ask of routing: dead letters, and publishing events again.

Called by `rapport` only. Every function opens its own connections and closes them; events go out with the service's relay.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from services.contracts.ids import WorkspaceId
from services.contracts.retention import RetentionRule
from services.contracts.views.retention import RetentionDueView, due_view
from services.kit import dead_letters
from services.kit.clock import Clock, SystemClock
from services.kit.db import Database
from services.kit.dead_letters import DeadLetter
from services.kit.redriving import DeadLetterNotFoundError
from services.kit.relay import publish_again
from services.kit.retaining import KeptRule, find_policy, preview_rules
from services.kit.subscriptions import redrive
from services.routing.retaining import SWEPT
from services.routing.settings import RoutingSettings
from services.routing.subscribers import subscriptions
from services.routing.triage import analyse

LIST_LIMIT = 1000


class Admin:
    """The operator's hands. Raises the errors of `errors`."""

    def __init__(self, settings: RoutingSettings, *, app: Database, worker: Database, clock: Clock) -> None:
        self._settings = settings
        self._app = app
        self._worker = worker
        self._clock = clock

    async def due_by_rules(self, workspace: WorkspaceId, tried: Sequence[RetentionRule]) -> list[RetentionDueView]:
        """What would go now by these rules, or by those in force where none are given; nothing does."""
        async with self._app.transaction(workspace) as connection:
            policy = await find_policy(connection, workspace)
            rules = [KeptRule(kind=each.kind, days=each.days, narrowed=each.stakeholder or "") for each in tried]
            held, in_force = (policy.held, policy.rules) if policy else ((), ())
            found = await preview_rules(connection, workspace, SWEPT, rules or in_force, held=held, now=self._clock.now())
        return [
            due_view(kind=each.rule.kind, narrowed=each.rule.narrowed, what=each.step, count=each.count, more=each.more, people=each.people)
            for each in found
        ]

    async def list_dead_letters(self, workspace: WorkspaceId) -> Sequence[DeadLetter]:
        """Events that failed to the end, the newest first; at most a thousand."""
        async with self._app.transaction(workspace) as connection:
            return await dead_letters.list_dead_letters(connection, workspace, after=None, limit=LIST_LIMIT)

    async def redrive_dead_letter(self, workspace: WorkspaceId, letter: UUID) -> None:
        """Hand a dead letter to its consumer once more. Raises DeadLetterNotFoundError, and what the consumer raises."""
        heard = subscriptions(self._settings, self._app, clock=self._clock, wake=_relay_polls, analyse=analyse)
        if not await redrive(self._app, heard, workspace, letter, clock=self._clock):
            raise DeadLetterNotFoundError

    async def replay_outbox(self, *, since: datetime) -> int:
        """Publish again what was published since then; consumers are idempotent. Gives the number of events."""
        async with self._worker.transaction() as connection:
            return await publish_again(connection, since=since)


@asynccontextmanager
async def admin(settings: RoutingSettings | None = None, *, clock: Clock | None = None) -> AsyncIterator[Admin]:
    """The operator's hands for the length of a command."""
    settings = settings or RoutingSettings()
    app = Database(settings.role_url("routing", role="app"), name="routing-admin", size=2)
    worker = Database(settings.role_url("routing", role="worker"), name="routing-admin", size=2)
    await app.open()
    await worker.open()
    try:
        yield Admin(settings, app=app, worker=worker, clock=clock or SystemClock())
    finally:
        await worker.close()
        await app.close()


def _relay_polls() -> None:
    """A command has no relay of its own; the service's finds the events by its poll."""
