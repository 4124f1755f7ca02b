"""Raw deliveries and events are dropped by the day once their time is over, and not before."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from services.engagement.main import compose
from services.engagement.settings import EngagementSettings
from services.kit.ids import first_id_at
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner
from tests.engagement.waiting import until
from tests.tokens import TokenIssuer

BODY = "INSERT INTO engagement.journal_body (workspace_id, journal_id, day, headers, body) VALUES ($1, $2, $3, '', '{}')"
ROW = """
INSERT INTO engagement.journal (workspace_id, channel_id, key, id, day, received_at, state) VALUES ($1, $2, $3, $4, $6::date, $6, $5)
"""
DAYS = "SELECT array_agg(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = to_regclass($1)"


async def test_days_past_their_retention_are_dropped_and_no_others(settings: EngagementSettings, database_url: str) -> None:
    today = datetime.now(UTC).date()
    chosen = settings.model_copy(update={"journal_retention_days": 10, "outbox_retention_days": 3})
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        for table, ages in {"journal_body": (9, 11), "outbox": (2, 4)}.items():
            for age in ages:
                await owner.execute("SELECT engagement.make_partitions($1, $2, 1)", table, today - timedelta(days=age))

        async def dropped() -> bool:
            bodies, events = [await owner.fetchval(DAYS, f"engagement.{table}") for table in ("journal_body", "outbox")]
            return name("journal_body", 11) not in bodies and name("outbox", 4) not in events

        def name(table: str, age: int) -> str:
            return f"engagement.{table}_{today - timedelta(days=age):%Y_%m_%d}"

        async with compose(chosen, ports={"identity": TokenIssuer()}):
            await until(dropped, within_seconds=60)
        assert name("journal_body", 9) in await owner.fetchval(DAYS, "engagement.journal_body")
        assert name("outbox", 2) in await owner.fetchval(DAYS, "engagement.outbox")
    finally:
        await owner.close(timeout=5)


async def test_journal_rows_go_with_their_bodies(service: Service, database_url: str) -> None:
    partner = await Partner.connected(service)
    now = datetime.now(UTC)
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        for number, (age, state) in enumerate(((31, "done"), (31, "failed"), (29, "done"))):
            born = first_id_at(now - timedelta(days=age))
            await owner.execute(ROW, service.workspace, partner.channel_id, bytes([number]), UUID(int=born.int + number), state, now)

        async def forgotten() -> bool:
            return [row["key"] for row in await owner.fetch("SELECT key FROM engagement.journal")] == [b"\x02"]

        await until(forgotten, within_seconds=60)
    finally:
        await owner.close(timeout=5)


async def test_what_a_duplicate_left_behind_goes_with_its_day(settings: EngagementSettings, database_url: str) -> None:
    """A delivery that came before leaves a body without a row of the journal; nobody looks for it, its day takes it along."""
    today, keeping = datetime.now(UTC).date(), settings.model_copy(update={"journal_retention_days": 10})
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        for age in (9, 11):
            await owner.execute("SELECT engagement.make_partitions('journal_body', $1, 1)", today - timedelta(days=age))
            await owner.execute(BODY, UUID(int=1), UUID(int=age), today - timedelta(days=age))

        async def left() -> bool:
            return [row["journal_id"].int for row in await owner.fetch("SELECT journal_id FROM engagement.journal_body")] == [9]

        async with compose(keeping, ports={"identity": TokenIssuer()}):
            await until(left, within_seconds=60)
    finally:
        await owner.close(timeout=5)
