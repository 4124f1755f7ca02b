"""What is told of an import, and its report piece by piece. Called by REST, batch routes and the command line; writes nothing."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.ids import ImportId, MemberId, WorkspaceId
from services.contracts.views import ImportView, PageView, RefusedRowView
from services.contracts.vocabulary import ImportKind, ImportState
from services.identity.statements import imports as statements
from services.identity.transfer.formulas import harmless
from services.kit.db import Connection, Database
from services.kit.ids import LAST_ID
from services.kit.pagination import decode_cursor, encode_cursor

REPORT_ROWS = 1000
_LAST = (datetime.max.replace(tzinfo=UTC, microsecond=0), LAST_ID)


def import_view(row: asyncpg.Record) -> ImportView:
    """What is told of an import."""
    rows = row["rows_done"] + row["rows_refused"]
    ended = row["finished_at"] is not None
    began, last = row["started_at"], row["finished_at"] or row["advanced_at"]
    seconds = (last - began).total_seconds() if began and last else 0.0
    return ImportView(
        id=ImportId(row["id"]),
        kind=ImportKind(row["kind"]),
        name=row["name"],
        format="ndjson" if row["reading"].get("delimiter") is None else "csv",
        state=ImportState(row["state"]),
        size_bytes=row["size_bytes"],
        read_bytes=row["position"],
        rows_done=row["rows_done"],
        rows_refused=row["rows_refused"],
        rows_estimated=rows if ended or not row["position"] else max(rows, rows * row["size_bytes"] // row["position"]),
        rows_per_second=round(rows / seconds, 1) if seconds else 0.0,
        reason=row["reason"],
        member_id=None if row["member_id"] is None else MemberId(row["member_id"]),
        created_at=row["created_at"],
        started_at=began,
        finished_at=row["finished_at"],
    )


async def list_imports(connection: Connection, workspace: WorkspaceId, *, limit: int, after: str | None) -> PageView[ImportView]:
    """The newest first."""
    before = decode_cursor(after, (datetime, UUID)) if after else _LAST
    rows = await statements.page_of_imports(connection, workspace, before=before, limit=limit + 1)
    cursors = tuple(encode_cursor(row["created_at"], row["id"]) for row in rows[:limit])
    return PageView(items=tuple(import_view(row) for row in rows[:limit]), cursors=cursors, has_next=len(rows) > limit)


async def imports_of(connection: Connection, workspace: WorkspaceId, ids: list[UUID]) -> list[ImportView | None]:
    """Aligned with the ids."""
    found = {row["id"]: import_view(row) for row in await statements.imports_by_id(connection, workspace, ids)}
    return [found.get(each) for each in ids]


async def refused_rows(database: Database, workspace: WorkspaceId, import_: ImportId) -> AsyncIterator[list[RefusedRowView]]:
    """All rows of a report by line, some at a time."""
    after = 0
    while True:
        async with database.transaction(workspace) as connection:
            rows = await statements.refusals_of(connection, workspace, import_, after=after, limit=REPORT_ROWS)
        if rows:
            yield [RefusedRowView(**dict(row)) for row in rows]
        if len(rows) < REPORT_ROWS:
            return
        after = rows[-1]["line"]


async def report_of(database: Database, workspace: WorkspaceId, import_: ImportId, *, as_csv: bool) -> AsyncIterator[bytes]:
    """The report as a file."""
    if as_csv:
        yield b"line,key,reason,kept\r\n"
    async for rows in refused_rows(database, workspace, import_):
        yield _csv_of(rows) if as_csv else b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def _csv_of(rows: list[RefusedRowView]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows((row.line, harmless(row.key), harmless(row.reason), str(row.kept).lower()) for row in rows)
    return text.getvalue().encode()
