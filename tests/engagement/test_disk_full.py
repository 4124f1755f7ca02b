"""A disk that is really full: nothing is acknowledged that is not stored, and with room again everything is there and sound."""

import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import asyncpg
import pytest

from migrations.apply import migrate
from rapport.postgres import EmbeddedPostgres
from rapport.supervisor import Supervisor
from services.engagement.settings import EngagementSettings
from tests.disks import Disk, LimitedDisk, MountedDisk
from tests.engagement.clocks import running
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import until

Found = TypeVar("Found")
PATIENCE = 60.0
EVENTS_A_DELIVERY = 8
TEXT_CHARACTERS = 90_000
DELIVERIES_AT_MOST = 200
WHILE_FULL = 12
DISKS = {"a file system that is full": MountedDisk, "files that grow no more": LimitedDisk}


@pytest.fixture(params=DISKS)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    try:
        made = DISKS[request.param](tmp_path / "disk")
    except PermissionError:
        pytest.skip("this account may not mount; the other disk shows the case")
    yield made
    made.close()


@pytest.mark.timeout(400)
async def test_a_full_disk_is_503_and_with_room_everything_arrives(
    disk: Disk, nats_url: str, secret_key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    server = EmbeddedPostgres(disk.folder / "postgres")
    async with Supervisor() as supervisor:
        await supervisor.add(server)
        await migrate("engagement", owner_url=server.url(), secret_key=secret_key)
        settings = EngagementSettings(database_url=server.url(), nats_url=nats_url, secret_key=secret_key)
        async with running(settings) as service:
            partner = await Partner.connected(service)
            disk.begin()
            taken, statuses = await fill(partner)
            assert disk.is_full()
            disk.make_room()
            refused = [number for number in range(statuses.total()) if number not in taken]
            for number in refused:
                await until(lambda number=number: delivered(partner, number), within_seconds=PATIENCE)
            expected = EVENTS_A_DELIVERY * statuses.total()
            await until(lambda: there(server, expected), within_seconds=PATIENCE)
            with capsys.disabled():
                print(f"\n{type(disk).__name__}: answers {dict(statuses)}, {expected} events, 0 lost")  # noqa: T201 - the figures
        assert await states(server) == {"done"}
        await is_sound(server)
    assert set(statuses) == {200, 503}
    assert statuses[503] >= WHILE_FULL


async def fill(partner: Partner) -> tuple[set[int], Counter[int]]:
    """Deliver until there is no room, and some more; gives what was acknowledged, and all answers."""
    taken, statuses = set[int](), Counter[int]()
    for number in range(DELIVERIES_AT_MOST):
        status = await delivery(partner, number)
        statuses[status] += 1
        if status == 200:
            taken.add(number)
        if statuses[503] >= WHILE_FULL:
            break
    return taken, statuses


async def delivery(partner: Partner, number: int) -> int:
    """One delivery of several long messages that nothing compresses."""
    first = number * EVENTS_A_DELIVERY
    told = [event(first + each, secrets.token_urlsafe(TEXT_CHARACTERS)[:TEXT_CHARACTERS]) for each in range(EVENTS_A_DELIVERY)]
    return (await partner.deliver(*told)).status_code


async def delivered(partner: Partner, number: int) -> bool:
    """Whether it is acknowledged this time."""
    return await delivery(partner, number) == 200


async def there(server: EmbeddedPostgres, expected: int) -> bool:
    """Whether all messages are in the history, each once, and told of."""
    return await asked(server, _counted(expected))


def _counted(expected: int) -> Callable[[asyncpg.Connection], Awaitable[bool]]:
    async def counted(owner: asyncpg.Connection) -> bool:
        rows, names = await owner.fetchrow("SELECT count(*), count(DISTINCT external_id) FROM engagement.interaction")
        unpublished = await owner.fetchval("SELECT count(*) FROM engagement.outbox WHERE published_at IS NULL")
        return bool((rows, names, unpublished) == (expected, expected, 0))

    return counted


async def states(server: EmbeddedPostgres) -> set[str]:
    """What became of the deliveries, taken together."""

    async def read(owner: asyncpg.Connection) -> set[str]:
        return {row["state"] for row in await owner.fetch("SELECT DISTINCT state FROM engagement.journal")}

    return await asked(server, read)


async def is_sound(server: EmbeddedPostgres) -> None:
    """Every page of every table can be read, and every index agrees with its table. Raises PostgresError where not so."""

    async def check(owner: asyncpg.Connection) -> None:
        await owner.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
        kinds = "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE c.relpersistence = 'p' AND "
        for (index,) in await owner.fetch(f"{kinds} c.relkind = 'i' AND a.amname = 'btree'"):
            await owner.execute("SELECT bt_index_check($1::regclass, true)", index)
        for (table,) in await owner.fetch(f"{kinds} c.relkind IN ('r', 't')"):
            assert await owner.fetch("SELECT * FROM verify_heapam($1::regclass)", table) == []

    await asked(server, check)


async def asked(server: EmbeddedPostgres, question: Callable[[asyncpg.Connection], Awaitable[Found]]) -> Found:
    """What the owner of the database is told."""
    owner = await asyncpg.connect(server.url(), timeout=10)
    try:
        return await question(owner)
    finally:
        await owner.close()
