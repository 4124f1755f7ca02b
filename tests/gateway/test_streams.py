"""Subscriptions, and any operation, as server-sent events: in the form of graphql-sse, until the token ends."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.gateway.simulated import World
from tests.gateway.subscribing import received, subscriptions
from tests.serving import http_client


@asynccontextmanager
async def streamed(address: str, world: World, query: str, **claims: object) -> AsyncIterator[AsyncIterator[str]]:
    """The lines of an event stream."""
    headers = {"authorization": f"Bearer {world.token(**claims)}", "accept": "text/event-stream"}
    http = http_client(timeout_seconds=5)
    async with http, http.stream("POST", f"http://{address}/graphql", json={"query": query}, headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield response.aiter_lines()


async def event_of(lines: AsyncIterator[str]) -> tuple[str, Any]:
    """The next event's name and data."""
    name = ""
    async for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif line.startswith("data:"):
            return name, json.loads(value) if value else None
    raise AssertionError("the stream ended")


async def test_events_stream_over_http(address: str, world: World) -> None:
    contact = world.add_contact()
    async with streamed(address, world, "subscription { messageReceived { ... on MessageReceived { interaction { text } } } }") as lines:
        await subscriptions(address, count=1)
        world.bus.publish(received(world, contact, "hello"), workspace=world.workspace.id)
        name, data = await event_of(lines)
        assert (name, data["data"]["messageReceived"]["interaction"]) == ("next", {"text": "hello"})
    await subscriptions(address, count=0)


@pytest.mark.parametrize(
    ("query", "expected"),
    [("{ viewer { role } }", {"viewer": {"role": "AGENT"}}), ("mutation { signOut { signedOut } }", {"signOut": {"signedOut": True}})],
)
async def test_single_results_stream_too(address: str, world: World, query: str, expected: object) -> None:
    async with streamed(address, world, query) as lines:
        name, data = await event_of(lines)
        assert (name, data["data"]) == ("next", expected)
        assert await event_of(lines) == ("complete", None)


@pytest.mark.parametrize(
    ("query", "code"),
    [("{ nope }", "GRAPHQL_VALIDATION_FAILED"), ('subscription { messageReceived(after: "x") { __typename } }', "BAD_USER_INPUT")],
)
async def test_mistakes_are_told_in_the_stream(address: str, world: World, query: str, code: str) -> None:
    async with streamed(address, world, query) as lines:
        name, data = await event_of(lines)
        assert (name, data["errors"][0]["extensions"]["code"]) == ("next", code)
        assert await event_of(lines) == ("complete", None)


async def test_a_stream_ends_with_its_token(address: str, world: World) -> None:
    now = int(world.issuer.clock.now().timestamp())
    query = "subscription { messageReceived { __typename } }"
    async with streamed(address, world, query, exp=now + 2) as lines:
        name, data = await event_of(lines)
        assert (name, data["errors"][0]["extensions"]["code"]) == ("next", "UNAUTHENTICATED")
        assert await event_of(lines) == ("complete", None)
