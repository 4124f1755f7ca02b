"""Events after a position: what a front-end missed, as it travelled, and an honest answer where it is no longer kept."""

from uuid import uuid4

import asyncpg

from services.contracts.events import EVENTS, ChannelConnected
from services.kit.bus import decode
from tests.engagement.conftest import Service

EVENTS_PATH = "/internal/events"


async def test_missed_events_are_told_in_order_page_by_page(service: Service) -> None:
    for _ in range(3):
        await service.connect("inlet")
    first = (await service.get(f"{EVENTS_PATH}?limit=2")).json()
    assert (len(first["events"]), first["has_next"]) == (2, True)
    last = first["events"][-1]["sequence"]
    rest = (await service.get(f"{EVENTS_PATH}?after={last}&limit=2")).json()
    assert (len(rest["events"]), rest["has_next"]) == (1, False)
    sequences = [event["sequence"] for event in (*first["events"], *rest["events"])]
    assert sequences == sorted(set(sequences))


async def test_an_event_is_told_as_the_bus_carries_it(service: Service) -> None:
    made = await service.connect("inlet")
    answer = await service.get(EVENTS_PATH)
    received = decode(answer.content.removeprefix(b'{"events":[').removesuffix(b'],"has_next":false}'), EVENTS)
    assert isinstance(received.event, ChannelConnected)
    assert (str(received.event.channel_id), received.header.workspace) == (made["channel"]["id"], service.workspace)  # type: ignore[index] # JSON
    assert received.header.id == f"engagement-{received.header.sequence}"


async def test_position_before_the_retention_is_gone(service: Service, database_url: str) -> None:
    await service.connect("inlet")
    (event,) = (await service.get(EVENTS_PATH)).json()["events"]
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        await owner.execute("DELETE FROM engagement.outbox")
    finally:
        await owner.close()
    await service.connect("inlet")
    answer = await service.get(f"{EVENTS_PATH}?after={event['sequence']}")
    assert (answer.status_code, answer.json()["code"]) == (410, "beyond_retention")


async def test_events_of_another_workspace_are_not_told(service: Service) -> None:
    await service.connect("inlet")
    foreign = await service.http.get(EVENTS_PATH, headers=service.headers(uuid4()))
    assert foreign.json() == {"events": [], "has_next": False}
