"""What of identity's own grows old, and how it goes: notes, logs of partners, imports; and people, who are erased. Composed by `main`.

A person who is too old is erased in every service, with a certificate, as one who asked for it.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import asyncpg

from services.contracts.envelope import Event
from services.contracts.ids import ContactId, WorkspaceId
from services.contracts.retention import RetentionKind
from services.contracts.vocabulary import ErasureReason
from services.identity.audit import OPERATOR
from services.identity.erasure import Erasures
from services.identity.erasure.asking import Asker
from services.identity.retention.reports import SERVICE, keep_report
from services.identity.retention.rules import STEPS
from services.identity.statements import retention as statements
from services.identity.statements.linking import linking_lock
from services.kit.db import Connection
from services.kit.foundation import Foundation
from services.kit.retaining import Found, Old, Pass, Report, Retainer, Step, letters_step, walking

# Each erasure goes through journals and queues: so many are under way at once, the others wait.
ERASURES_AT_ONCE = 20

_Gone = Callable[[Connection, WorkspaceId, Sequence[UUID]], Awaitable[None]]


def retainer_of(foundation: Foundation, erasures: Erasures) -> Retainer:
    """The sweep, with the parts of a running service."""
    return Retainer(
        app=foundation.app,
        worker=foundation.worker,
        clock=foundation.clock,
        published=foundation.published,
        steps=steps_of(erasures),
        memberships="membership",
        ending=_kept,
    )


def steps_of(erasures: Asker) -> tuple[Step, ...]:
    """All that identity removes by rules."""
    rows = (
        letters_step(RetentionKind.MESSAGES),
        _step("notes", statements.old_notes, statements.removed_notes),
        _step("partner_deliveries", statements.old_deliveries, statements.removed_deliveries),
        _step("imports", statements.old_imports, statements.removed_imports),
    )
    people = (_People(name, erasures) for name in ("strangers", "people"))
    return (*rows, *(Step(name=each.name, kind=STEPS[each.name], find=each.find, remove=each.remove, ordered=False) for each in people))


async def _kept(connection: Connection, workspace: WorkspaceId, report: Report) -> Sequence[Event]:
    await keep_report(connection, workspace, report, service=SERVICE)
    return ()


def _step(name: str, old: Old, gone: _Gone) -> Step:
    """Of rows that go as they are."""

    async def remove(connection: Connection, workspace: WorkspaceId, _: Pass, rows: Sequence[asyncpg.Record]) -> Counter[str]:
        await gone(connection, workspace, [row["id"] for row in rows])
        return Counter({name: len(rows)})

    return Step(name=name, kind=STEPS[name], find=walking(old, batch=statements.BATCH), remove=remove)


@dataclass(frozen=True, slots=True)
class _People:
    """Contacts with whom nothing happened for so long; `strangers` are those who never did anything and of whom nothing is said."""

    name: str
    erasures: Asker

    async def find(self, connection: Connection, workspace: WorkspaceId, going: Pass) -> Found:
        """Walks all contacts, whose ids are in no order of age. No more are found than can be erased now."""
        rows = await statements.contacts_by_age(connection, workspace, after=going.after, held=going.held)
        old = [row for row in rows if not row["held"] and _is_old(row, going.cutoff) and (self.name == "people" or _is_stranger(row))]
        if going.narrowed:
            ids = [row["id"] for row in old]
            those = await statements.contacts_of_kind(connection, workspace, ids, kind=going.narrowed, now=going.now)
            old = [row for row in old if row["id"] in those]
        after = rows[-1]["id"] if len(rows) == statements.CONTACTS_A_BATCH else None
        room = len(old) if going.dry else ERASURES_AT_ONCE - await statements.open_erasures(connection, workspace)
        if len(old) <= room:
            return Found(rows=old, after=after)
        taken = old[: max(room, 0)]
        return Found(rows=taken, after=taken[-1]["id"] if taken else going.after, full=True)

    async def remove(self, connection: Connection, workspace: WorkspaceId, going: Pass, rows: Sequence[asyncpg.Record]) -> Counter[str]:
        """Ask for their erasure. Who was merged or did something meanwhile is not found again, and stays."""
        await linking_lock(connection, workspace)
        before = UUID(int=rows[0]["id"].int - 1)
        found = await self.find(connection, workspace, replace(going, after=before, dry=True))
        those = {row["id"] for row in found.rows} & {row["id"] for row in rows}
        for contact in sorted(those):
            reason = ErasureReason.NO_LONGER_NEEDED
            await self.erasures.ask(connection, workspace, ContactId(contact), reason=reason, by=OPERATOR)
        return Counter({self.name: len(those)})


def _is_old(row: asyncpg.Record, cutoff: datetime) -> bool:
    active = row["active_on"]
    ended = row["changed_at"] if active is None else datetime.combine(active + timedelta(days=1), time(), tzinfo=UTC)
    return bool(max(ended, row["changed_at"], row["first_seen_at"]) <= cutoff)


def _is_stranger(row: asyncpg.Record) -> bool:
    return bool(row["active_on"] is None and row["size"] == 1 and not row["kept"])
