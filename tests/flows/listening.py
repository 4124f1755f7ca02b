"""A front-end that listens: one subscription over graphql-transport-ws to a running gateway. Holds no tests."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.flows.product import Seat

WAIT_SECONDS = 30.0
PROTOCOL = Subprotocol("graphql-transport-ws")


@dataclass
class Listener:
    """One open subscription."""

    connection: ClientConnection

    async def message(self) -> dict[str, Any]:
        """The next message of the protocol."""
        async with asyncio.timeout(WAIT_SECONDS):
            told: dict[str, Any] = json.loads(await self.connection.recv())
            return told

    async def next(self, wanted: Callable[[Any], object] = lambda _: True) -> Any:
        """The value of the next item that is wanted; those before it are passed over."""
        while True:
            told = await self.message()
            assert told["type"] == "next", told
            (value,) = told["payload"]["data"].values()
            if wanted(value):
                return value


@asynccontextmanager
async def listening(seat: Seat, query: str, *, url: str | None = None, **variables: object) -> AsyncIterator[Listener]:
    """A member's subscription, at the gateway of the product or at another; it counts from the first message on."""
    address = (url or seat.product.url).replace("http://", "ws://") + "/graphql"
    async with connect(address, subprotocols=[PROTOCOL], open_timeout=WAIT_SECONDS) as connection:
        listener = Listener(connection)
        await connection.send(json.dumps({"type": "connection_init", "payload": await seat.headers()}))
        assert (await listener.message())["type"] == "connection_ack"
        payload = {"query": query, "variables": variables}
        await connection.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        yield listener
