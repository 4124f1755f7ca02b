"""What each service says that it removed by the rules: kept, and listed. Called by the sweep, by subscribers and by REST."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.contracts.events import HistorySwept, WorkSwept
from services.contracts.ids import RetentionRunId, WorkspaceId
from services.contracts.retention import RetentionKind
from services.contracts.views import PageView, RemovedView
from services.contracts.views.retention import RetentionRunView
from services.identity.statements import retention as statements
from services.kit.bus import Received
from services.kit.db import Connection, Database
from services.kit.ids import LAST_ID
from services.kit.pagination import decode_cursor, encode_cursor
from services.kit.retaining import Report
from services.kit.subscriptions import Subscription

SERVICE = "identity"


class Reports:
    """Hears of the runs of other services. `database` is of the role `app`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def subscriptions(self) -> tuple[Subscription, ...]:
        """One for each service that removes something."""
        return (
            Subscription(durable="identity-history-swept", service="engagement", events=(HistorySwept,), handler=self.keep),
            Subscription(durable="identity-work-swept", service="routing", events=(WorkSwept,), handler=self.keep),
        )

    async def keep(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Write the runs down, each once."""
        async with self._database.transaction(workspace) as connection:
            for received in batch:
                if isinstance(event := received.event, HistorySwept | WorkSwept):
                    report = Report(
                        run=event.run_id,
                        kind=event.kind,
                        version=event.version,
                        began_at=event.began_at,
                        at=event.at,
                        removed=event.removed,
                    )
                    await keep_report(connection, workspace, report, service=event.type.partition(".")[0])


async def keep_report(connection: Connection, workspace: WorkspaceId, report: Report, *, service: str) -> None:
    """Write one run down; a second time changes nothing."""
    await statements.kept_report(
        connection,
        workspace,
        report.run,
        service=service,
        kind=report.kind,
        version=report.version,
        began_at=report.began_at,
        ended_at=report.at,
        removed=report.removed,
    )


async def list_runs(connection: Connection, workspace: WorkspaceId, *, limit: int, after: str | None) -> PageView[RetentionRunView]:
    """The newest first."""
    before = decode_cursor(after, (UUID,))[0] if after else LAST_ID
    rows = await statements.page_of_reports(connection, workspace, before=before, limit=limit + 1)
    items = tuple(_view(row) for row in rows[:limit])
    return PageView(items=items, cursors=tuple(encode_cursor(each.id) for each in items), has_next=len(rows) > limit)


def _view(row: asyncpg.Record) -> RetentionRunView:
    removed = tuple(RemovedView(kind=kind, count=count) for kind, count in sorted(row["removed"].items()))
    told = {name: row[name] for name in ("service", "version", "began_at", "ended_at")}
    return RetentionRunView(id=RetentionRunId(row["id"]), kind=RetentionKind(row["kind"]), removed=removed, **told)
