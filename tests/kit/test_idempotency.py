"""One key, one effect, one answer: against a real PostgreSQL, as the role `app` under row-level security."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI, Request, Response

from services.contracts.ids import KeyId, MemberId, WorkspaceId
from services.kit.access import Caller
from services.kit.db import Connection, Database
from services.kit.errors import ConflictError
from services.kit.http import RequestBody, create_api
from services.kit.idempotency import forget_keys, once, take_key
from services.kit.settings import role_url
from tests.kit.asgi import Told, ask

JSON = (b"content-type", b"application/json")
KEY = b"k" * 32
COUNT = "SELECT count(*) FROM processed"


class Order(RequestBody):
    """What is posted."""

    item: str


@dataclass
class Shop:
    """An API with one route whose effect is a row; who calls and whether it works can be set."""

    database: Database
    caller: Caller
    refuses: bool = False
    started: asyncio.Event = field(default_factory=asyncio.Event)
    may_end: asyncio.Event | None = None
    api: FastAPI = field(default_factory=lambda: create_api(title="shop", version="1", description="For tests."))

    def __post_init__(self) -> None:
        take_key(self.api, KEY)

        @self.api.post("/orders/{shelf}")
        async def order(order: Order, request: Request, shelf: str) -> Response:
            return await once(request, self.database, self.caller, lambda connection: self.take(connection, order, shelf))

    async def take(self, connection: Connection, order: Order, shelf: str) -> tuple[int, object]:
        """The effect: one row in one of the kit's own tables."""
        await connection.execute(
            "INSERT INTO processed (workspace_id, consumer, event_id, processed_at) VALUES ($1, $2, $3, now())",
            self.caller.workspace_id,
            shelf,
            str(uuid4()),
        )
        self.started.set()
        if self.may_end is not None:
            await self.may_end.wait()
        if self.refuses:
            raise ConflictError("Sold out.")
        return 201, {"id": uuid4(), "item": order.item}

    async def post(self, *, key: bytes | None, item: str = "tea", shelf: str = "a") -> Told:
        """Order something."""
        headers = [JSON] if key is None else [JSON, (b"idempotency-key", key)]
        return await ask(self.api, "POST", f"/orders/{shelf}", chunks=[b'{"item":"%s"}' % item.encode()], headers=headers)

    async def orders(self) -> int:
        """How many effects there are."""
        async with self.database.transaction(self.caller.workspace_id) as connection:
            return int(await connection.fetchval(COUNT))


def a_member(workspace: UUID | None = None) -> Caller:
    return Caller(
        workspace_id=WorkspaceId(workspace or uuid4()),
        member_id=MemberId(uuid4()),
        key_id=None,
        session_id=None,
        role="agent",
        scopes=frozenset(),
        disciplines=frozenset(),
    )


@pytest.fixture
async def shop(database_url: str, secret_key: str) -> AsyncIterator[Shop]:
    database = Database(role_url(database_url, secret_key=secret_key, service="identity", role="app"), name="test")
    await database.open()
    yield Shop(database, a_member())
    await database.close()


async def test_a_repetition_gets_the_first_answer_and_has_no_effect(shop: Shop) -> None:
    first = await shop.post(key=b"k-1")
    second = await shop.post(key=b"k-1")

    assert first.status == second.status == 201
    assert first.body == second.body
    assert first.header(b"idempotency-replayed") is None
    assert second.header(b"idempotency-replayed") == b"true"
    assert await shop.orders() == 1


async def test_without_a_key_every_request_counts(shop: Shop) -> None:
    await shop.post(key=None)
    await shop.post(key=None)

    assert await shop.orders() == 2


@pytest.mark.parametrize(("item", "shelf"), [("milk", "a"), ("tea", "b")])
async def test_the_key_of_another_request_is_refused(shop: Shop, item: str, shelf: str) -> None:
    await shop.post(key=b"k-1")

    told = await shop.post(key=b"k-1", item=item, shelf=shelf)

    assert told.problem["status"] == 422
    assert await shop.orders() == 1


async def test_keys_belong_to_their_caller_and_workspace(shop: Shop) -> None:
    await shop.post(key=b"k-1")
    first = shop.caller

    shop.caller = replace(first, member_id=None, key_id=KeyId(uuid4()))
    assert (await shop.post(key=b"k-1")).header(b"idempotency-replayed") is None
    assert await shop.orders() == 2
    shop.caller = a_member()
    assert (await shop.post(key=b"k-1")).header(b"idempotency-replayed") is None
    assert await shop.orders() == 1


async def test_a_refusal_leaves_the_key_free_and_nothing_written(shop: Shop) -> None:
    shop.refuses = True
    assert (await shop.post(key=b"k-1")).problem["status"] == 409
    assert await shop.orders() == 0

    shop.refuses = False
    told = await shop.post(key=b"k-1")

    assert told.status == 201
    assert told.header(b"idempotency-replayed") is None
    assert await shop.orders() == 1


async def test_five_at_once_have_one_effect_and_one_answer(shop: Shop) -> None:
    told = await asyncio.gather(*(shop.post(key=b"k-1") for _ in range(5)))

    assert {each.status for each in told} == {201}
    assert len({each.body for each in told}) == 1
    assert sum(each.header(b"idempotency-replayed") == b"true" for each in told) == 4
    assert await shop.orders() == 1


async def test_a_repetition_waits_for_the_first_and_starts_over_when_that_fails(shop: Shop) -> None:
    shop.may_end, shop.refuses = asyncio.Event(), True
    first = asyncio.create_task(shop.post(key=b"k-1"))
    await asyncio.wait_for(shop.started.wait(), timeout=5)
    second = asyncio.create_task(shop.post(key=b"k-1"))
    await until_one_waits_for_a_lock(shop.database)
    shop.may_end.set()

    assert (await first).problem["status"] == 409
    assert (await second).problem["status"] == 409
    assert await shop.orders() == 0


async def test_nobody_who_reads_the_table_can_try_guesses_at_a_body(shop: Shop) -> None:
    await shop.post(key=b"k-1")
    asked = b"".join(b"%d:%s," % (len(part), part) for part in (b"POST", b"/orders/a", b"", b'{"item":"tea"}'))

    async with shop.database.transaction(shop.caller.workspace_id) as connection:
        kept = bytes(await connection.fetchval("SELECT fingerprint FROM idempotency"))

    assert kept != hashlib.sha256(asked).digest()
    assert kept == hmac.new(KEY, asked, hashlib.sha256).digest()


@pytest.mark.parametrize("key", [b"", b"a b", b"\xff", b"x" * 256, b"a\x00"])
async def test_unfit_keys_are_refused(shop: Shop, key: bytes) -> None:
    assert (await shop.post(key=key)).problem["status"] == 400
    assert await shop.orders() == 0


async def test_old_keys_are_forgotten(shop: Shop, database_url: str, secret_key: str) -> None:
    await shop.post(key=b"k-1")
    worker = Database(role_url(database_url, secret_key=secret_key, service="identity", role="worker"), name="test")
    await worker.open()
    async with worker.transaction() as connection:
        now = datetime.now(UTC)
        assert await forget_keys(connection, before=now - timedelta(hours=1), limit=10) == 0
        assert await forget_keys(connection, before=now + timedelta(hours=1), limit=10) == 1
    await worker.close()

    assert (await shop.post(key=b"k-1")).header(b"idempotency-replayed") is None


async def until_one_waits_for_a_lock(database: Database) -> None:
    async with asyncio.timeout(5):
        while True:
            async with database.transaction() as connection:
                if await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                    return
