"""subscription_p50_ms: from the moment a webhook is sent to the moment its message stands in a GraphQL subscription."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from itertools import count

import aiohttp

from benchmarks.deliveries import update
from benchmarks.results import Result, alone
from benchmarks.stage import Channel, Stage, slug

RUNS = 3
_WARM = 3
_PERSON = 6_000_000
_PAUSE_SECONDS = 0.02
_WAIT_SECONDS = 10.0
_SUBSCRIPTION = "subscription { messageReceived { ... on MessageReceived { eventId cursor interaction { id externalId text } } } }"
_HOW = (
    "one delivery after the other through the gateway's port; the message as graphql-transport-ws brings it, identity and routing running"
)


async def measure_subscription(stage: Stage, *, quick: bool) -> list[Result]:
    """The median of the runs' medians."""
    messages = 30 if quick else 100
    numbers = count(5_000_000_000)
    medians = []
    for run in range(RUNS):
        times = await _run(stage, numbers=[next(numbers) for _ in range(_WARM + messages)])
        medians.append(statistics.median(times[_WARM:]) * 1000)
        print(f"  run {run + 1}: p50 {medians[-1]:.1f} ms, slowest {max(times[_WARM:]) * 1000:.1f} ms", flush=True)
    return [alone("subscription_p50_ms", runs=medians, unit="ms", how=_HOW)]


async def _run(stage: Stage, *, numbers: Sequence[int]) -> list[float]:
    """Seconds for each message."""
    token = await stage.token(workspace=slug(0))
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_WAIT_SECONDS, sock_read=_WAIT_SECONDS)
    async with (
        aiohttp.ClientSession(stage.running.url, timeout=timeout) as session,
        session.ws_connect("/graphql", protocols=["graphql-transport-ws"]) as socket,
    ):
        await _subscribe(socket, token)
        return [await _time(session, socket, stage.channels[0], number=number) for number in numbers]


async def _subscribe(socket: aiohttp.ClientWebSocketResponse, token: str) -> None:
    await socket.send_json({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
    async with asyncio.timeout(_WAIT_SECONDS):
        await socket.receive_json()
    await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": _SUBSCRIPTION}})
    await asyncio.sleep(0.5)  # the protocol does not say when a subscription has begun


async def _time(session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse, channel: Channel, *, number: int) -> float:
    wanted = f"{_PERSON}:{number}"
    began = time.perf_counter()
    async with session.post(
        channel.path, json=update(person=_PERSON, number=number), headers={"x-telegram-bot-api-secret-token": channel.secret}
    ) as answer:
        answer.raise_for_status()
    async with asyncio.timeout(_WAIT_SECONDS):
        while _external_id(await socket.receive_json()) != wanted:
            pass
    took = time.perf_counter() - began
    await asyncio.sleep(_PAUSE_SECONDS)
    return took


def _external_id(message: dict[str, object]) -> str | None:
    payload = message.get("payload")
    if message.get("type") != "next" or not isinstance(payload, dict):
        return None
    found = (payload.get("data") or {}).get("messageReceived", {}).get("interaction", {}).get("externalId")
    return None if found is None else str(found)
