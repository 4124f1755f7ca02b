"""Takes a person out of the history and of what hangs on it: rows become stubs, texts, files, drafts and mailboxes go.

Called by the job, a batch a transaction. What others said stays, without the name of the person where ours is the name.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.events import InteractionDeleted
from services.contracts.ids import ConversationId, InteractionId, ProfileId, WorkspaceId
from services.engagement.statements import erasing as statements
from services.engagement.statements.history import lock_conversations
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.erasing import Removed, Subject
from services.kit.ids import FIRST_ID

WEBCHAT = "webchat"


class HistorySweep:
    """`database` is of the role `app`; `published` wakes the relay."""

    def __init__(self, database: Database, *, clock: Clock, published: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._published = published

    async def remove(self, workspace: WorkspaceId, subject: Subject, *, until: datetime) -> Removed:
        """One pass; `waits` while a reply is on its way, or a file is still in the store."""
        removed = Removed()
        rows = statements.BATCH
        while rows:
            rows = await self._batch(workspace, subject, removed, until=until)
        profiles = sorted(subject.profiles)
        async with self._database.transaction(workspace) as connection:
            for kind, count in await statements.removed_of_profiles(connection, workspace, profiles, until=until):
                removed.counts[kind] += count
            removed.counts["conversations"] += await statements.emptied_conversations(
                connection, workspace, profiles, erasure=subject.id, at=until
            )
            removed.counts["mailbox_entries"] += await statements.removed_visitors(connection, workspace, _visitors(subject), at=subject.at)
            removed.waits |= await statements.is_sending(connection, workspace, profiles)
            removed.waits |= await statements.files_left(connection, workspace, subject.id) > 0
        removed.named = await self._named(workspace, subject)
        return removed

    async def _batch(self, workspace: WorkspaceId, subject: Subject, removed: Removed, *, until: datetime) -> int:
        """Empty some rows; gives their number."""
        profiles = sorted(subject.profiles)
        async with self._database.transaction(workspace) as connection:
            rows = await statements.rows_of(connection, workspace, profiles, at=subject.at, until=until)
            if rows:
                counts = await self._empty(connection, workspace, subject, rows)
                removed.counts += counts
        self._published()
        return len(rows)

    async def _empty(
        self, connection: Connection, workspace: WorkspaceId, subject: Subject, rows: Sequence[asyncpg.Record]
    ) -> Counter[str]:
        now = self._clock.now()
        ids = [row["id"] for row in rows]
        threads = sorted({row["conversation_id"] for row in rows})
        profiles = sorted(subject.profiles)
        await lock_conversations(connection, workspace, threads)
        counts: Counter[str] = Counter()
        counts["drafts"] += await statements.removed_drafts(connection, workspace, threads, rows=ids)
        counts["ratings"] += await statements.emptied_ratings(connection, workspace, threads, profiles=profiles, erasure=subject.id)
        for kind, count in await statements.removed_of_threads(connection, workspace, threads, profiles=profiles):
            counts[kind] += count
        for kind, count in await statements.emptied_rows(connection, workspace, ids, erasure=subject.id, now=now):
            counts[kind] += count
        gone = [_deleted(row, subject.id, now) for row in rows if row["present"]]
        await outbox.append(connection, workspace, gone, now=now)
        return counts

    async def _named(self, workspace: WorkspaceId, subject: Subject) -> set[str]:
        """The ids of what was emptied, by which answers that are kept for a repetition name it."""
        named: set[str] = set()
        after: UUID | None = FIRST_ID
        while after is not None:
            async with self._database.transaction(workspace) as connection:
                rows = await statements.ids_of_stubs(connection, workspace, subject.id, after=after)
            named.update(str(row[name]) for row in rows for name in ("id", "reply_id") if row[name])
            after = rows[-1]["id"] if len(rows) == statements.BATCH else None
        return named


def _visitors(subject: Subject) -> list[UUID]:
    found = []
    for account in subject.accounts:
        try:
            found += [UUID(account.external_id)] if account.network == WEBCHAT else []
        except ValueError:
            continue
    return found


def _deleted(row: asyncpg.Record, erasure: UUID, now: datetime) -> InteractionDeleted:
    """What everybody who shows the row hears: it is gone. It hangs on the erasure, for the profile is no longer named."""
    return InteractionDeleted(
        interaction_id=InteractionId(row["id"]),
        conversation_id=ConversationId(row["conversation_id"]),
        profile_id=ProfileId(erasure),
        deleted_at=now,
    )
