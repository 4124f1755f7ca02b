"""NATS is a courier: a service that starts while it is away takes webhooks, shows them, and tells the others later."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from rapport.nats import EmbeddedNats
from services.engagement.main import compose
from services.engagement.settings import EngagementSettings
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import journal_settled, only_thread, until
from tests.serving import http_client, served
from tests.tokens import TokenIssuer


@pytest.fixture
async def away(tmp_path: Path) -> AsyncIterator[EmbeddedNats]:
    """A NATS that has an address and does not run."""
    server = EmbeddedNats(tmp_path / "nats")
    await server.start()
    await server.stop()
    yield server
    await server.stop()


async def test_a_service_started_without_the_bus_takes_webhooks_and_tells_of_them_later(
    away: EmbeddedNats, database_url: str, secret_key: str
) -> None:
    settings = EngagementSettings(database_url=database_url, nats_url=away.url, secret_key=secret_key)
    issuer = TokenIssuer()
    async with (
        compose(settings, ports={"identity": issuer}) as app,
        served(app) as url,
        http_client(url) as http,
    ):
        service = Service(url, issuer, http)
        partner = await Partner.connected(service)
        assert (await partner.deliver(event(1, "Is anybody there?"))).status_code == 200
        assert await journal_settled(service, count=1) == {"done": 1}
        assert [message["text"] for message in await only_thread(service)] == ["Is anybody there?"]
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]) == (200, {"database": "ok", "bus": "failed"})
        assert await unpublished(database_url) > 0
        await away.start()

        async def told() -> bool:
            return await unpublished(database_url) == 0

        await until(told, within_seconds=30)


async def unpublished(database_url: str) -> int:
    """How many events wait for the bus."""
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        counted: int = await owner.fetchval("SELECT count(*) FROM engagement.outbox WHERE published_at IS NULL")
    finally:
        await owner.close()
    return counted
