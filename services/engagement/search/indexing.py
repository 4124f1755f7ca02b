"""Keeps the words of the history, in the background: takes changed rows off the queue and writes their words. Run by `main`.

The queue is filled by the database itself in the transaction of each change; a crash leaves it as it was. Several processes share it.
"""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

import asyncpg
import structlog

from services.contracts.ids import WorkspaceId
from services.engagement.search.folding import parts_of, words_of_parts
from services.engagement.statements import search as statements
from services.kit.db import Database, DatabaseUnavailableError
from services.kit.telemetry import Metrics

BATCH = 200
WORKSPACES_A_ROUND = 50
# What is written is to be found within this long; each rest leaves half of it for the work itself.
FRESH_SECONDS = 2.0
# A larger batch costs less per row, so it is given a moment to gather.
IDLE_SECONDS = 0.5
REST_SECONDS = 0.1
REST_UNDER_PRESSURE_SECONDS = 1.0
OUTAGE_SECONDS = 1.0
NOBODY = UUID(int=0)

log = structlog.get_logger()


class Indexer:
    """Reads the queue of all workspaces. `worker` sees which have something waiting, `database` (role `app`) does the work.

    While `pressed` it leaves the processor to the webhooks, as far as its freshness allows.
    """

    def __init__(self, database: Database, *, worker: Database, pressed: Callable[[], bool], metrics: Metrics) -> None:
        self._database = database
        self._worker = worker
        self._pressed = pressed
        self._after = NOBODY
        self._rows = metrics.counter("search_rows", "Rows of the history whose words were kept for search")

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                more = await self.round()
            except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
                log.info("search_interrupted", error=type(error).__name__)
                await asyncio.sleep(OUTAGE_SECONDS)
                continue
            await asyncio.sleep(self.rest_seconds(more=more))

    async def round(self) -> bool:
        """A batch for each of some workspaces, in turn; True where more is waiting."""
        async with self._worker.transaction() as connection:
            workspaces = await statements.workspaces_with_pending(connection, after=self._after, limit=WORKSPACES_A_ROUND)
        more = [await self._read(workspace) for workspace in workspaces]
        begun_anew = self._after != NOBODY
        self._after = workspaces[-1] if len(workspaces) == WORKSPACES_A_ROUND else NOBODY
        return any(more) or self._after != NOBODY or begun_anew

    async def _read(self, workspace: WorkspaceId) -> bool:
        async with self._database.transaction(workspace) as connection:
            rows = await statements.take_pending(connection, workspace, limit=BATCH)
            words = {row["id"]: words_of_parts(parts_of(row["text"], subject=row["subject"], names=row["names"])) for row in rows}
            written = [id_ for id_, its in words.items() if its]
            if written:
                await statements.write_documents(connection, workspace, ids=written, words=[words[id_] for id_ in written])
            if gone := _without(words):
                await statements.forget_documents(connection, workspace, ids=gone)
        self._rows.inc(len(rows))
        return len(rows) == BATCH

    def rest_seconds(self, *, more: bool) -> float:
        """How long to wait before the next round."""
        if self._pressed():
            return REST_UNDER_PRESSURE_SECONDS
        return REST_SECONDS if more else IDLE_SECONDS


def _without(words: dict[UUID, str]) -> Sequence[UUID]:
    return [id_ for id_, its in words.items() if not its]
