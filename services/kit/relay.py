"""The relay: publishes the outbox to the broker, one leader per service, one event in flight per aggregate.

Started by each service's `compose`. Woken in process after commits and polled behind that; never part of a transaction of business.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import structlog

from services.contracts.envelope import Header, subject_of
from services.contracts.ids import WorkspaceId
from services.kit import dead_letters
from services.kit.bus import Bus, BusUnavailableError, EventTooLargeError, encode
from services.kit.db import UNREACHABLE, Connection, Database, DatabaseUnavailableError

BATCH = 500
POLL_SECONDS = 0.05
# Where much is committed, it leaves in larger batches.
REST_SECONDS = 0.02
FOLLOWER_SECONDS = 1.0
REPLAY_AFTER_LOSS = timedelta(days=7)
PUBLISH_AGAIN_SECONDS = 600
# The broker's clock and the database's may differ by less than this; publishing an event twice is harmless.
CLOCK_SLACK = timedelta(minutes=1)

_LEAD = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))"
_UNPUBLISHED = """
SELECT id, day, workspace_id, type, version, subject, time, traceparent, data
FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT $1
"""
# By the index of what has not left yet, which is short; a row's number is its own in all partitions.
_PUBLISHED = """
UPDATE outbox SET published_at = now() WHERE published_at IS NULL AND id = ANY ($1::bigint[]) AND day = ANY ($2::date[])
"""
# Days bound the search to the partitions in question: a row is published on its day or later.
_AGAIN = """
UPDATE outbox SET published_at = NULL
WHERE published_at < $2 AND time >= $1
  AND day BETWEEN ($1::timestamptz AT TIME ZONE 'UTC')::date AND ($2::timestamptz AT TIME ZONE 'UTC')::date
"""

log = structlog.get_logger()


class Relay:
    """Publishes one service's outbox. `database` is of the role `worker`, which reads it across workspaces."""

    def __init__(self, service: str, *, database: Database, bus: Bus) -> None:
        self._service = service
        self._database = database
        self._bus = bus
        self._woken = asyncio.Event()
        self._check_stream = True
        self._stream_since: datetime | None = None
        bus.when_reconnected(self._suspect_stream)

    def wake(self) -> None:
        """Say that something was committed to the outbox; cheap, from the same event loop."""
        self._woken.set()

    async def run(self) -> None:
        """Lead when nobody else does; publish until cancelled, through any trouble of broker and database."""
        while True:
            try:
                await self._lead()
            except (BusUnavailableError, DatabaseUnavailableError, asyncpg.PostgresError, *UNREACHABLE) as error:
                log.info("relay_interrupted", service=self._service, error=type(error).__name__)
            await asyncio.sleep(0.3)

    async def _lead(self) -> None:
        connection = await self._database.dedicated()
        try:
            while not await connection.fetchval(_LEAD, f"relay:{self._service}"):  # noqa: ASYNC110 - no lock tells when it is free
                await asyncio.sleep(FOLLOWER_SECONDS)
            log.info("relay_leads", service=self._service)
            while True:
                await self._ensure_stream()
                if await self._publish_batch(connection) < BATCH:
                    await asyncio.sleep(REST_SECONDS)
                    await self._pause()
        finally:
            await asyncio.wait_for(connection.close(), timeout=3)

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), timeout=POLL_SECONDS)
        except TimeoutError:
            return
        finally:
            self._woken.clear()

    async def _ensure_stream(self) -> None:
        """A stream younger than what was published has lost it: publish again all that the outbox still has."""
        if not self._check_stream:
            return
        since = await self._bus.ensure_stream(self._service)
        if since != self._stream_since:
            async with self._database.transaction() as connection:
                again = await publish_again(connection, since=since - REPLAY_AFTER_LOSS, before=since + CLOCK_SLACK)
            log.info("stream_found", service=self._service, since=since.isoformat(), published_again=again)
        self._stream_since = since
        self._check_stream = False

    def _suspect_stream(self) -> None:
        self._check_stream = True

    async def _publish_batch(self, connection: Connection) -> int:
        rows = await connection.fetch(_UNPUBLISHED, BATCH)
        if not rows:
            return 0
        chains: dict[tuple[WorkspaceId, str], list[asyncpg.Record]] = {}
        for row in rows:
            chains.setdefault((row["workspace_id"], row["subject"]), []).append(row)
        try:
            results = await asyncio.gather(*(self._publish_chain(chain) for chain in chains.values()))
        except BusUnavailableError:
            self._check_stream = True
            raise
        done = [row for published in results for row in published]
        await connection.execute(_PUBLISHED, [row["id"] for row in done], sorted({row["day"] for row in done}))
        if len(done) < len(rows):
            self._check_stream = True
            await asyncio.sleep(0.2)
        return len(done)

    async def _publish_chain(self, chain: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
        """Publish one aggregate's events in order; stop at the first that fails, so that none overtakes it."""
        published: list[asyncpg.Record] = []
        for row in chain:
            try:
                await self._publish(row)
            except (BusUnavailableError, DatabaseUnavailableError) as error:
                log.info("publish_failed", service=self._service, error=str(error))
                break
            published.append(row)
        return published

    async def _publish(self, row: asyncpg.Record) -> None:
        """Publish one event; one that the broker will never take must not hold up those behind it: it becomes a dead letter."""
        header, data = header_of(self._service, row), row["data"].encode()
        try:
            await self._bus.publish(header, data)
        except EventTooLargeError as error:
            log.error("event_too_large", service=self._service, sequence=header.sequence)  # noqa: TRY400 - the trace says nothing more
            await dead_letters.bury(
                self._database,
                consumer=f"{self._service}-relay",
                payload=encode(header, data),
                subject=subject_of(header.type, version=header.version, workspace=header.workspace),
                reason=str(error),
                attempts=1,
                now=header.time,
            )


async def publish_again(connection: Connection, *, since: datetime, before: datetime | None = None) -> int:
    """Mark events since then, published before `before` (None: until now), as unpublished; consumers are idempotent. Gives their number.

    Wants a transaction of its own, and may take minutes: an outbox holds days.
    """
    if before is None:
        before = await connection.fetchval("SELECT now()")
    await connection.execute(f"SET LOCAL statement_timeout = '{PUBLISH_AGAIN_SECONDS}s'")
    answer = await connection.execute(_AGAIN, since, before, timeout=PUBLISH_AGAIN_SECONDS)
    return int(answer.rpartition(" ")[2])


async def oldest_unpublished_day(connection: Connection) -> date | None:
    """The first day of the outbox with an event that has not left yet."""
    found: date | None = await connection.fetchval("SELECT min(day) FROM outbox WHERE published_at IS NULL")
    return found


def header_of(service: str, row: asyncpg.Record | Mapping[str, Any]) -> Header:
    """The envelope of an outbox row: the same whenever and wherever it is told."""
    return Header(
        id=f"{service}-{row['id']}",
        type=row["type"],
        version=row["version"],
        workspace=row["workspace_id"],
        time=row["time"],
        subject=row["subject"],
        sequence=row["id"],
        traceparent=row["traceparent"],
    )
