"""What the command line may ask of identity about single people, erased, held, told as a file; and about how long things are kept.

Called by `rapport` only. The running services do the work; what was asked waits for them.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from services.contracts.ids import ContactId, ErasureId, PersonExportId, WorkspaceId
from services.contracts.retention import RetentionRule
from services.contracts.views import ErasureView, HoldView, PersonExportView
from services.contracts.views.retention import RetentionDueView, RetentionRunView, RetentionView, due_view
from services.contracts.vocabulary import ErasureReason
from services.identity.aging import steps_of
from services.identity.audit import OPERATOR
from services.identity.erasure.asking import Asker, get_erasure
from services.identity.erasure.export_links import Grant
from services.identity.erasure.exporting import PersonExports, exports_of
from services.identity.erasure.holding import hold, lift_hold
from services.identity.retention.reports import list_runs
from services.identity.retention.rules import get_rules, kept_rules, save_rules
from services.identity.settings import IdentitySettings
from services.identity.statements.retention import held_profiles
from services.kit.clock import Clock, SystemClock
from services.kit.crypto import Vault
from services.kit.db import Database
from services.kit.erasing import PURPOSE
from services.kit.retaining import Swept, find_policy, preview_rules

__all__ = ["Persons", "persons"]


class Persons:
    """The operator's hands. `app` works under row-level security. Raises the errors of `errors`."""

    def __init__(self, app: Database, *, asker: Asker, exports: PersonExports, clock: Clock) -> None:
        self._app = app
        self._asker = asker
        self._exports = exports
        self._clock = clock

    async def erase(self, workspace: WorkspaceId, contact: ContactId, *, reason: ErasureReason) -> ErasureView:
        """The certificate, still open. Raises ContactNotFoundError, ContactHeldError."""
        async with self._app.transaction(workspace) as connection:
            return await self._asker.ask(connection, workspace, contact, reason=reason, by=OPERATOR)

    async def certificate(self, workspace: WorkspaceId, erasure: ErasureId) -> ErasureView:
        """As it stands. Raises ErasureNotFoundError."""
        async with self._app.transaction(workspace) as connection:
            return await get_erasure(connection, workspace, erasure)

    async def hold(self, workspace: WorkspaceId, contact: ContactId, *, reason: str) -> HoldView:
        """Raises ContactNotFoundError."""
        async with self._app.transaction(workspace) as connection:
            return await hold(connection, workspace, contact, reason=reason, by=OPERATOR, now=self._clock.now())

    async def release(self, workspace: WorkspaceId, contact: ContactId) -> None:
        """Raises ContactNotFoundError, HoldNotFoundError."""
        async with self._app.transaction(workspace) as connection:
            await lift_hold(connection, workspace, contact, by=OPERATOR, now=self._clock.now())

    async def export(self, workspace: WorkspaceId, contact: ContactId) -> PersonExportView:
        """Ask for it. Raises ContactNotFoundError."""
        async with self._app.transaction(workspace) as connection:
            return await self._exports.ask(connection, workspace, contact, by=OPERATOR)

    async def exported(self, workspace: WorkspaceId, export: PersonExportId) -> PersonExportView:
        """How far it is. Raises PersonExportNotFoundError."""
        async with self._app.transaction(workspace) as connection:
            return await self._exports.get(connection, workspace, export)

    async def file(self, workspace: WorkspaceId, export: PersonExportId) -> AsyncIterator[bytes]:
        """The file, once it is whole. Raises PersonExportNotFoundError."""
        return await self._exports.file(self._app, Grant(workspace, export))

    async def rules(self, workspace: WorkspaceId) -> RetentionView:
        """What is in force."""
        async with self._app.transaction(workspace) as connection:
            return await get_rules(connection, workspace)

    async def save_rules(self, workspace: WorkspaceId, rules: Sequence[RetentionRule]) -> RetentionView:
        """Replace them, whatever they were. Raises RetentionRulesError."""
        async with self._app.transaction(workspace) as connection:
            known = await get_rules(connection, workspace)
            return await save_rules(connection, workspace, rules, version=known.version, by=OPERATOR, now=self._clock.now())

    async def due_by_rules(self, workspace: WorkspaceId, tried: Sequence[RetentionRule]) -> list[RetentionDueView]:
        """What would go now in identity, by these rules or by those in force where none are given; nothing does."""
        swept = Swept(steps_of(self._asker), memberships="membership")
        async with self._app.transaction(workspace) as connection:
            policy = await find_policy(connection, workspace)
            rules = kept_rules(tried) or (policy.rules if policy else ())
            held = await held_profiles(connection, workspace)
            found = await preview_rules(connection, workspace, swept, rules, held=held, now=self._clock.now())
        return [
            due_view(kind=each.rule.kind, narrowed=each.rule.narrowed, what=each.step, count=each.count, more=each.more, people=each.people)
            for each in found
        ]

    async def runs(self, workspace: WorkspaceId, *, limit: int) -> Sequence[RetentionRunView]:
        """What went by the rules, the newest first."""
        async with self._app.transaction(workspace) as connection:
            return (await list_runs(connection, workspace, limit=limit, after=None)).items


@asynccontextmanager
async def persons(settings: IdentitySettings, *, clock: Clock | None = None) -> AsyncIterator[Persons]:
    """The operator's hands for the length of a command."""
    clock = clock or SystemClock()
    app = Database(settings.role_url("identity", role="app"), name="identity-persons", size=2)
    await app.open()
    try:
        asker = Asker(vault=Vault(settings.key_for(PURPOSE)), clock=clock)
        yield Persons(app, asker=asker, exports=exports_of(settings, clock=clock), clock=clock)
    finally:
        await app.close()
