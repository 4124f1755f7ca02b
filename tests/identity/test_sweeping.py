"""What has ended is cleared away, and nothing else."""

from datetime import timedelta

from services.identity.sweeping import sweep
from services.kit.db import Database
from tests.identity.service import Service


async def test_ended_sessions_tokens_and_tries_go_and_live_ones_stay(service: Service, worker_database: Database) -> None:
    await service.begin("acme")
    await service.sign_in(workspace="acme", email="sol@acme.example", password="wrong password")
    service.clock.advance(timedelta(days=121))
    await service.sign_in(workspace="acme", email="sol@acme.example")
    await service.sign_in(workspace="acme", email="max@acme.example")

    await sweep(worker_database, clock=service.clock)

    async with worker_database.transaction() as connection:
        left = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in ("session", "refresh_token", "sign_in_attempt")]
    assert left == [1, 1, 1]
