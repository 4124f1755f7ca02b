"""Subscriptions of the running product: presence over two gateways and in one process, threads and jobs; and who hears nothing."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.main import compose
from gateway.relay import global_id, read_id_of
from gateway.settings import GatewaySettings
from tests.flows.listening import Listener, listening
from tests.flows.product import Desk, Product, Seat, product
from tests.flows.waiting import until
from tests.serving import served

pytestmark = [pytest.mark.flow, pytest.mark.timeout(180)]

PRESENCE = "subscription($id: ID!) { conversationPresence(conversationId: $id) { people { member { name } activity } } }"
CHANGED = """subscription($id: ID) { conversationChanged(conversationId: $id) {
  ... on ConversationChanged { changes cause cursor conversation { id status } } ... on Resync { reason } } }"""
ADVANCED = """subscription($id: ID!) { jobAdvanced(jobId: $id) {
  ... on JobAdvanced { job { state total done failed } } ... on Resync { reason } } }"""
SHOW = "mutation($input: ShowPresenceInput!) { showPresence(input: $input) { __typename } }"


async def test_a_colleague_at_another_gateway_sees_who_types_until_they_leave_or_crash(desk: Desk, everything: Product) -> None:
    conversation = await written(desk)
    kim = await desk.colleague()
    async with (
        another_gateway(everything) as url,
        listening(kim, PRESENCE, url=url, id=conversation) as elsewhere,
        listening(kim, PRESENCE, id=conversation) as here,
    ):
        both = (elsewhere, here)
        assert [await people(each) for each in both] == [[], []]
        for activity, seen in (("VIEWING", [("Sol", "VIEWING")]), ("TYPING", [("Sol", "TYPING")]), ("AWAY", [])):
            await show(desk, conversation, activity)
            assert [await people(each) for each in both] == [seen, seen]
        # Said once and never again: as after a crash.
        await show(desk, conversation, "TYPING")
        assert [await people(each) for each in both] == [[("Sol", "TYPING")]] * 2
        assert [await people(each) for each in both] == [[], []]


async def test_a_stranger_neither_hears_nor_says_who_is_there(desk: Desk, everything: Product) -> None:
    conversation = await written(desk)
    stranger = await everything.desk()
    async with listening(stranger, PRESENCE, id=conversation) as listener:
        told = await listener.message()
        assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", "CONVERSATION_NOT_FOUND")
    refused = await stranger.graphql(SHOW, input={"conversationId": conversation, "activity": "TYPING"})
    assert refused == {"showPresence": {"__typename": "NotFound"}}


async def test_presence_is_seen_in_one_process(tmp_path: Path) -> None:
    async with product(tmp_path, single_process=True) as alone:
        desk = await alone.desk()
        conversation, kim = await written(desk), await desk.colleague()
        async with listening(kim, PRESENCE, id=conversation) as listener:
            assert await people(listener) == []
            await show(desk, conversation, "TYPING")
            assert await people(listener) == [("Sol", "TYPING")]


async def test_a_thread_that_changes_is_told_to_its_workspace_and_to_nobody_else(desk: Desk, everything: Product) -> None:
    stranger = await everything.desk()
    ours, theirs = await written(desk), await written(stranger)
    async with listening(desk, CHANGED, id=ours) as listener, listening(stranger, CHANGED) as outside:
        await open_for_sure(desk, listener, ours)
        await open_for_sure(stranger, outside, theirs)
        (thread,) = await desk.conversations(1)
        changed = await desk.request("PATCH", f"/v1/conversations/{thread['id']}", {"version": thread["version"], "status": "closed"})
        assert changed.status_code == 200, changed.text
        told = await listener.next(lambda value: value["changes"] == ["status"])
        assert told["conversation"] == {"id": ours, "status": "CLOSED"}
        # What the stranger hears next is of the stranger's own: nothing of ours came in between.
        await note(stranger, "The last word")
        assert (await outside.next())["conversation"]["id"] == theirs
    async with listening(stranger, CHANGED, id=ours) as deaf:
        await note(desk, "For us alone")
        await note(stranger, "Heard by nobody who asked for another thread")
        async with listening(stranger, CHANGED) as outside:
            await open_for_sure(stranger, outside, theirs)
        await deaf.connection.send('{"type": "ping"}')
        assert (await deaf.message())["type"] == "pong"


async def test_a_bulk_action_is_followed_to_its_end_by_its_workspace_alone(desk: Desk, everything: Product) -> None:
    stranger = await everything.desk()
    conversation = await written(desk)
    # The job's id is known when it has begun; what was missed until one listens is fetched.
    begun = await desk.request("POST", "/v1/conversations/bulk", {"action": "close", "conversation_ids": [raw(conversation)]})
    assert begun.status_code in {201, 202}, begun.text
    job = global_id("Job", begun.json()["id"])
    after = "ZXZlbnQ6MA=="
    query = ADVANCED.replace("$id: ID!", "$id: ID!, $after: String").replace("jobId: $id", "jobId: $id, after: $after")
    async with listening(desk, query, id=job, after=after) as listener, listening(stranger, query, id=job, after=after) as outside:
        told = await listener.next(lambda value: value.get("job", {}).get("state") == "DONE")
        assert told["job"] == {"state": "DONE", "total": 1, "done": 1, "failed": 0}
        await outside.connection.send('{"type": "ping"}')
        assert (await outside.message())["type"] == "pong"


async def written(desk: Desk) -> str:
    """A conversation that somebody has begun, by its global id."""
    partner = await desk.connect_inlet()
    author = {"network": "crm", "external_id": secrets.token_hex(4), "name": "Ines"}
    said = {"id": secrets.token_hex(4), "kind": "direct", "occurred_at": datetime.now(UTC).isoformat(), "author": author, "text": "Hello?"}
    await desk.product.platforms.inlet_events(partner.account, events=[said])
    return global_id("Conversation", (await desk.conversation())["id"])


async def show(seat: Seat, conversation: str, activity: str) -> None:
    """Say what a member does."""
    told = await seat.graphql(SHOW, input={"conversationId": conversation, "activity": activity})
    assert told == {"showPresence": {"__typename": "PresenceShown"}}


async def people(listener: Listener) -> list[tuple[str, str]]:
    """The next list of who is there."""
    value = await listener.next()
    return [(each["member"]["name"], each["activity"]) for each in value["people"]]


async def note(desk: Desk, text: str) -> None:
    """Change the one thread by a note."""
    thread = await desk.conversation()
    added = await desk.request("POST", f"/v1/conversations/{thread['id']}/notes", {"text": text})
    assert added.status_code == 201, added.text


async def open_for_sure(desk: Desk, listener: Listener, conversation: str) -> None:
    """A subscription says nothing of when it is open: change the thread until that is told."""
    heard: list[Any] = []

    async def told() -> bool:
        await note(desk, "Is this heard?")
        return bool(heard)

    async with asyncio.TaskGroup() as group:
        reading = group.create_task(listener.next())
        reading.add_done_callback(heard.append)
        await until(told)
    assert reading.result()["conversation"]["id"] == conversation


def raw(id_: str) -> str:
    """The id inside the service."""
    return str(read_id_of(id_, type_name="Conversation"))


@asynccontextmanager
async def another_gateway(everything: Product) -> AsyncIterator[str]:
    """One more gateway over the same services."""
    running = everything.running
    assert running is not None
    sockets = running.deployment.sockets()
    settings = GatewaySettings.model_validate(
        {
            "secret_key": everything.environment["RAPPORT_SECRET_KEY"],
            "nats_url": everything.environment["NATS_URL"],
            "public_url": everything.url,
            **{f"{name}_url": f"unix:{sockets / name}.sock" for name in ("identity", "engagement", "routing")},
        }
    )
    async with compose(settings) as app, served(app) as url:
        yield url
