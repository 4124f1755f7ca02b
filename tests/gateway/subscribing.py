"""Clients of graphql-transport-ws and what the tests of subscriptions share. Holds no tests."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from services.contracts.events import InteractionReceived
from services.contracts.ids import ProfileId
from services.contracts.interaction import Author, NeutralEvent, Venue
from services.contracts.views import ContactView
from services.contracts.vocabulary import Kind
from tests.gateway.rows import MORNING
from tests.gateway.serving import eventually
from tests.gateway.simulated import World
from tests.serving import http_client


class Socket:
    """A client of graphql-transport-ws."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **message: Any) -> None:
        """One message."""
        await self.connection.send(json.dumps(message))

    async def take(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(5):
            message: dict[str, Any] = json.loads(await self.connection.recv())
            return message

    async def closed(self) -> int:
        """The code with which the server closes."""
        async with asyncio.timeout(5):
            with suppress(websockets.ConnectionClosed):
                async for _ in self.connection:
                    continue
            await self.connection.wait_closed()
        assert self.connection.close_code is not None
        return self.connection.close_code

    async def start(self, token: str) -> None:
        """Initialise."""
        await self.send(type="connection_init", payload={"authorization": f"Bearer {token}"})
        assert await self.take() == {"type": "connection_ack"}

    async def subscribe(self, query: str, *, id_: str = "1", **variables: Any) -> None:
        """Begin an operation."""
        await self.send(type="subscribe", id=id_, payload={"query": query, "variables": variables})

    async def text(self) -> Any:
        """The text of the next message received."""
        message = await self.take()
        assert message["type"] == "next", message
        return message["payload"]["data"]["messageReceived"]["interaction"]["text"]


@asynccontextmanager
async def opened(address: str, *, origin: str | None = None, subprotocol: str | None = "graphql-transport-ws") -> AsyncIterator[Socket]:
    """A socket to /graphql."""
    subprotocols = [Subprotocol(subprotocol)] if subprotocol else None
    given = Origin(origin) if origin else None
    async with connect(f"ws://{address}/graphql", subprotocols=subprotocols, origin=given) as connection:
        yield Socket(connection)


def received(world: World, contact: ContactView, text: str, *, profile: ProfileId | None = None) -> InteractionReceived:
    conversation = world.conversation_of(contact)
    event = NeutralEvent(
        id=str(uuid4()),
        occurred_at=MORNING,
        kind=Kind.DIRECT,
        author=Author(network="telegram", external_id="551", name="Maria L"),
        venue=Venue(network="telegram", external_id="bot"),
        text=text,
    )
    return InteractionReceived(
        interaction_id=world.interactions[contact.id][0].id,
        profile_id=profile or conversation.profile_id,
        channel_id=conversation.channel_id,
        conversation_id=conversation.id,
        event=event,
        received_at=MORNING,
    )


async def subscriptions(address: str, *, count: int) -> None:
    """Wait until so many subscriptions are open."""
    async with http_client() as http:

        async def are_open() -> bool:
            return f"rapport_subscriptions {float(count)}\n" in (await http.get(f"http://{address}/metrics")).text

        await eventually(are_open)
