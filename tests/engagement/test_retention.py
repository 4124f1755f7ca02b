"""Raw deliveries and events are dropped by the day once their time is over, and not before."""

from datetime import UTC, datetime, timedelta

import asyncpg

from services.engagement.main import compose
from services.engagement.settings import EngagementSettings
from tests.engagement.waiting import until
from tests.tokens import TokenIssuer

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
