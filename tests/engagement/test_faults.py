"""Faults around one engagement service: any order of arrival, no room for a table, a broker without room."""

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from rapport.nats import EmbeddedNats
from services.contracts.envelope import stream_of
from services.engagement.settings import EngagementSettings
from services.kit.bus import Bus
from tests.engagement.clocks import running
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, change, event
from tests.engagement.waiting import until

SHUFFLES = 100
PATIENCE = 40.0
NO_ROOM = """
CREATE FUNCTION engagement.no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON engagement.{table} FOR EACH STATEMENT EXECUTE FUNCTION engagement.no_room()
"""


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url, timeout=10)
    yield connection
    await connection.close()


async def test_a_hundred_shuffles_end_in_the_same_state(service: Service, owner: asyncpg.Connection) -> None:
    story = [
        *(event(number, f"first words {number}") for number in range(1, 5)),
        *(change(10 * number + 1, "edit", f"e-{number}", text=f"second words {number}") for number in range(1, 5)),
        *(change(10 * number + 2, "edit", f"e-{number}", text=f"third words {number}") for number in range(2, 5)),
        *(change(10 * number + 3, "deletion", f"e-{number}") for number in (3, 4)),
        event(1, "first words 1"),
    ]
    generator = random.Random(7)
    partners = [await Partner.connected(service) for _ in range(SHUFFLES)]
    slots = asyncio.Semaphore(10)

    async def tell(partner: Partner) -> None:
        order = generator.sample(story, len(story))
        cut = generator.randrange(len(story))
        for part in (order[:cut], order[cut:]):
            async with slots:
                assert (await partner.deliver(*part)).status_code == 200

    await asyncio.gather(*(tell(partner) for partner in partners))

    async def read() -> bool:
        return not await owner.fetchval("SELECT EXISTS (SELECT FROM engagement.journal WHERE state <> 'done')")

    await until(read, within_seconds=PATIENCE)
    states = [await state_of(owner, partner) for partner in partners]
    assert len({hashlib.sha256(json.dumps(state).encode()).hexdigest() for state in states}) == 1
    assert states[0] == [["e-1", "second words 1", False], ["e-2", "third words 2", False], ["e-3", None, True], ["e-4", None, True]]


async def state_of(owner: asyncpg.Connection, partner: Partner) -> list[Any]:
    """What people see of a channel: ids, texts, deletions."""
    rows = await owner.fetch(
        "SELECT external_id, text, deleted_at IS NOT NULL AS deleted FROM engagement.interaction WHERE channel_id = $1 ORDER BY 1",
        partner.channel_id,
    )
    return [list(row.values()) for row in rows]


@pytest.mark.parametrize("table", ["journal", "journal_body"])
async def test_without_room_nothing_is_acknowledged_and_with_room_everything_arrives(
    service: Service, owner: asyncpg.Connection, table: str
) -> None:
    partner = await Partner.connected(service)
    await owner.execute(NO_ROOM.format(table=table))
    refused = await asyncio.gather(*(partner.deliver(event(number)) for number in range(5)))
    assert {answer.status_code for answer in refused} == {503}
    assert await owner.fetchval("SELECT count(*) FROM engagement.journal") == 0
    assert await owner.fetchval("SELECT count(*) FROM engagement.journal_body") == 0
    await owner.execute(f"DROP TRIGGER no_room ON engagement.{table}")

    async def taken() -> bool:
        return (await partner.deliver(event(0))).status_code == 200

    await until(taken, within_seconds=PATIENCE)
    assert {(await partner.deliver(event(number))).status_code for number in range(1, 5)} == {200}
    assert await owner.fetchval("SELECT count(*) FROM engagement.journal") == 5


async def test_a_broker_without_room_loses_nothing(tmp_path: Path, database_url: str, secret_key: str, owner: asyncpg.Connection) -> None:
    small = EmbeddedNats(tmp_path / "nats", store_bytes=64 * 1024)
    await small.start()
    settings = EngagementSettings(database_url=database_url, nats_url=small.url, secret_key=secret_key)
    async with running(settings) as service:
        partner = await Partner.connected(service)
        texts = ["x" * 4000] * 40
        assert {(await partner.deliver(event(number, text))).status_code for number, text in enumerate(texts)} == {200}

        async def held_up() -> bool:
            done = await owner.fetchval("SELECT count(*) FROM engagement.interaction") == len(texts)
            return done and bool(await owner.fetchval("SELECT count(*) FROM engagement.outbox WHERE published_at IS NULL"))

        await until(held_up, within_seconds=PATIENCE)
        await small.stop()
        large = EmbeddedNats(tmp_path / "nats")
        await large.start()

        async def relayed() -> bool:
            return await owner.fetchval("SELECT count(*) FROM engagement.outbox WHERE published_at IS NULL") == 0

        await until(relayed, within_seconds=PATIENCE)
        assert await messages_in_stream(large) == await owner.fetchval("SELECT count(*) FROM engagement.outbox")
    await large.stop()


async def messages_in_stream(server: EmbeddedNats) -> int:
    """How many different events the broker holds of engagement's."""
    bus = Bus(server.url, name="test")
    await bus.open()
    try:
        info = await bus.jetstream.stream_info(stream_of("engagement"))
        count: int = info.state.messages
        return count
    finally:
        await bus.close()
