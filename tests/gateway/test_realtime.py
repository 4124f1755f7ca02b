"""Subscriptions over graphql-transport-ws and server-sent events: own workspace only, nothing missed, nothing twice, nobody slow."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from gateway.realtime.catch_up import OVERLAP
from gateway.realtime.feed import QUEUE_LENGTH
from gateway.relay import global_id
from services.contracts.envelope import Event
from services.contracts.events import AccessRevoked, InteractionReceived, ProfileAssigned, ReplySent
from services.contracts.ids import ProfileId, SessionId, WorkspaceId
from services.contracts.interaction import Author, NeutralEvent, Venue
from services.contracts.views import ContactView
from services.contracts.vocabulary import Kind, ReplyState
from services.kit.bus import encode
from services.kit.hosting import ASGIApp
from tests.gateway.serving import eventually, serving
from tests.gateway.simulated import MORNING, World, header_of, problem

RECEIVED = """subscription($conversation: ID, $contact: ID, $after: String) {
  messageReceived(conversationId: $conversation, contactId: $contact, after: $after) {
    __typename ... on MessageReceived { eventId cursor interaction { text contact { name } } } ... on Resync { reason } } }"""
REPLIES = "subscription { replyChanged { ... on ReplyChanged { state reply { text } } } }"


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


@pytest.fixture
async def address(app: ASGIApp) -> AsyncIterator[str]:
    async with serving(app) as served:
        yield served


@pytest.fixture
async def member(address: str, world: World) -> AsyncIterator[Socket]:
    async with opened(address) as socket:
        await socket.start(world.token())
        yield socket


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
    async with httpx.AsyncClient() as client:

        async def are_open() -> bool:
            return f"rapport_subscriptions {float(count)}\n" in (await client.get(f"http://{address}/metrics")).text

        await eventually(are_open)


async def test_a_new_message_arrives_once_and_only_in_its_workspace(address: str, member: Socket, world: World) -> None:
    contact = world.add_contact()
    await member.subscribe(RECEIVED)
    await subscriptions(address, count=1)
    world.bus.publish(received(world, contact, "not yours"), workspace=WorkspaceId(uuid4()))
    event = received(world, contact, "hello")
    world.bus.publish(event, workspace=world.workspace.id, id_="e1")
    world.bus.publish(event, workspace=world.workspace.id, id_="e1")
    world.bus.publish(received(world, contact, "again"), workspace=world.workspace.id)
    message = await member.take()
    assert message["id"] == "1"
    shown = message["payload"]["data"]["messageReceived"]
    assert (shown["eventId"], shown["interaction"]) == ("e1", {"text": "hello", "contact": {"name": "Maria Lopez"}})
    assert await member.text() == "again"


async def test_a_message_is_shown_without_asking_any_service(address: str, member: Socket, world: World) -> None:
    contact = world.add_contact()
    await member.subscribe("subscription { messageReceived { ... on MessageReceived { interaction { text kind venue { network } } } } }")
    await subscriptions(address, count=1)
    world.asked()
    world.bus.publish(received(world, contact, "hello"), workspace=world.workspace.id)
    assert await member.text() == "hello"
    assert world.asked() == []


async def test_filters_by_conversation_and_by_person(address: str, member: Socket, world: World) -> None:
    maria, ana = world.add_contact(), world.add_contact()
    await member.subscribe(RECEIVED, id_="c", conversation=global_id("Conversation", world.conversation_of(ana).id))
    await member.subscribe(RECEIVED, id_="p", contact=global_id("Contact", maria.id))
    await subscriptions(address, count=2)
    newcomer = ProfileId(uuid4())
    world.bus.publish(received(world, maria, "by newcomer, not yet known", profile=newcomer), workspace=world.workspace.id)
    world.bus.publish(
        ProfileAssigned(profile_id=newcomer, contact_id=maria.id, version=1, rule="verified_email"), workspace=world.workspace.id
    )
    world.bus.publish(received(world, maria, "by newcomer", profile=newcomer), workspace=world.workspace.id)
    world.bus.publish(received(world, ana, "by Ana"), workspace=world.workspace.id)
    taken = [await member.take() for _ in range(2)]
    texts = {each["id"]: each["payload"]["data"]["messageReceived"]["interaction"]["text"] for each in taken}
    assert texts == {"p": "by newcomer", "c": "by Ana"}


async def test_a_reply_is_followed(address: str, member: Socket, world: World) -> None:
    contact = world.add_contact()
    row = world.interactions[contact.id][0]
    assert row.reply is not None
    await member.subscribe(REPLIES)
    await subscriptions(address, count=1)
    sent = ReplySent(
        reply_id=row.reply.id,
        interaction_id=row.id,
        conversation_id=row.conversation_id,
        channel_id=row.channel_id,
        profile_id=row.profile_id,
        state=ReplyState.SENT,
        at=MORNING,
    )
    world.bus.publish(sent, workspace=world.workspace.id)
    message = await member.take()
    assert message["payload"]["data"]["replyChanged"] == {"state": "SENT", "reply": {"text": "We are on it."}}


def outbox(world: World, *events: tuple[int, Event]) -> object:
    lines = [encode(header_of(event, workspace=world.workspace.id, sequence=sequence), json_of(event)) for sequence, event in events]
    return {"events": [msgspec.Raw(line) for line in lines], "has_next": False}


def json_of(event: Event) -> bytes:
    return msgspec.json.encode(event)


async def test_what_was_missed_comes_first_and_nothing_comes_twice(address: str, member: Socket, world: World) -> None:
    contact = world.add_contact()
    await member.subscribe(RECEIVED)
    await subscriptions(address, count=1)
    world.bus.sequence = 5_000
    world.bus.publish(received(world, contact, "one"), workspace=world.workspace.id)
    cursor = (await member.take())["payload"]["data"]["messageReceived"]["cursor"]
    await member.send(type="complete", id="1")
    await subscriptions(address, count=0)
    two, three, four = (received(world, contact, text) for text in ("two", "three", "four"))

    def missed(_: object) -> object:
        world.bus.sequence = 5_002
        world.bus.publish(three, workspace=world.workspace.id)
        world.bus.publish(four, workspace=world.workspace.id)
        return outbox(world, (5_002, two), (5_003, three))

    world.engagement.responders["GET", "/internal/events"] = missed
    await member.subscribe(RECEIVED, id_="2", after=cursor)
    assert [await member.text() for _ in range(3)] == ["two", "three", "four"]
    asked = next(call for call in world.calls if call.path.startswith("/internal/events"))
    assert f"after={5_001 - OVERLAP}&" in asked.path


async def test_beyond_the_retention_the_client_is_told_to_read_again(address: str, member: Socket, world: World) -> None:
    world.engagement.responders["GET", "/internal/events"] = lambda _: problem(410, "beyond_retention", "Gone.")
    await member.subscribe(RECEIVED, after="ZXZlbnQ6MQ==")
    message = await member.take()
    assert message["payload"]["data"]["messageReceived"]["__typename"] == "Resync"
    contact = world.add_contact()
    world.bus.publish(received(world, contact, "goes on"), workspace=world.workspace.id)
    assert await member.text() == "goes on"


async def test_after_the_bus_was_away_everybody_is_told_to_read_again(address: str, member: Socket, world: World) -> None:
    await member.subscribe(RECEIVED)
    await subscriptions(address, count=1)
    world.bus.reconnect()
    assert (await member.take())["payload"]["data"]["messageReceived"]["__typename"] == "Resync"


@pytest.mark.parametrize("cursor", ["x", "ZXZlbnQ6eA==", "é", "ZXZlbnQ6" + "9" * 40])
async def test_a_cursor_that_is_none_is_an_error_of_that_operation(member: Socket, cursor: str) -> None:
    await member.subscribe(RECEIVED, after=cursor)
    message = await member.take()
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "BAD_USER_INPUT")


async def test_queries_and_mistakes_over_the_socket(member: Socket) -> None:
    await member.subscribe("{ viewer { role } }", id_="q")
    assert (await member.take())["payload"]["data"] == {"viewer": {"role": "AGENT"}}
    assert await member.take() == {"id": "q", "type": "complete"}
    await member.subscribe("{ nope }", id_="q")
    message = await member.take()
    assert (message["id"], message["type"]) == ("q", "error")
    await member.send(type="ping", payload={"a": 1})
    assert await member.take() == {"type": "pong", "payload": {"a": 1}}
    await member.send(type="pong")
    await member.send(type="complete", id="unknown")
    await member.subscribe("{ __typename }", id_="still")
    assert (await member.take())["payload"]["data"] == {"__typename": "Query"}


async def test_only_so_many_subscriptions_a_connection(address: str, member: Socket) -> None:
    for number in range(50):
        await member.subscribe(RECEIVED, id_=str(number))
    await subscriptions(address, count=50)
    await member.subscribe(RECEIVED, id_="one more")
    message = await member.take()
    assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"


async def test_nothing_outlives_the_socket(address: str, world: World) -> None:
    async with opened(address) as socket:
        await socket.start(world.token())
        await socket.subscribe(RECEIVED)
        await subscriptions(address, count=1)
    await subscriptions(address, count=0)


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["not json"], 4400),
        (["[]"], 4400),
        (['{"type": "nonsense"}'], 4400),
        (["[" * 100_000], 4400),
        (['{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}'], 4401),
        (['{"type": "connection_init"}'], 4403),
        (['{"type": "connection_init", "payload": {"authorization": "Bearer a.b.c"}}'], 4403),
        (['{"type": "connection_init", "payload": 5}'], 4403),
    ],
)
async def test_the_protocols_close_codes_before_the_acknowledgement(address: str, messages: list[str], code: int) -> None:
    async with opened(address) as socket:
        for message in messages:
            await socket.connection.send(message)
        assert await socket.closed() == code


async def test_the_protocols_close_codes_after_it(address: str, world: World) -> None:
    async with opened(address) as socket:
        await socket.start(world.token())
        await socket.send(type="connection_init", payload={"authorization": f"Bearer {world.token()}"})
        assert await socket.closed() == 4429
    async with opened(address) as socket:
        await socket.start(world.token())
        await socket.subscribe(RECEIVED)
        await socket.subscribe(RECEIVED)
        assert await socket.closed() == 4409
    for payload in (None, {}, {"query": 5}, []):
        async with opened(address) as socket:
            await socket.start(world.token())
            await socket.send(type="subscribe", id="1", payload=payload)
            assert await socket.closed() == 4400
    async with opened(address) as socket:
        await socket.connection.send(b"\x00binary")
        assert await socket.closed() == 4400


@pytest.mark.parametrize("subprotocol", [None, "graphql-ws"])
async def test_other_subprotocols_are_not_spoken(address: str, subprotocol: str | None) -> None:
    try:
        async with opened(address, subprotocol=subprotocol) as socket:
            assert await socket.closed() == 4406
    except websockets.exceptions.NegotiationError:
        pass


@pytest.mark.parametrize(("origin", "welcome"), [("https://evil.example", False), ("null", False), ("http://gateway", True), (None, True)])
async def test_pages_of_other_sites_may_not_open_a_socket(address: str, origin: str | None, *, welcome: bool) -> None:
    if welcome:
        async with opened(address, origin=origin) as socket:
            await socket.send(type="ping")
            assert (await socket.take())["type"] == "pong"
        return
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with opened(address, origin=origin):
            pass
    assert caught.value.response.status_code == 403


async def test_the_socket_closes_when_its_token_ends(address: str, world: World) -> None:
    now = int(world.issuer.clock.now().timestamp())
    async with opened(address) as socket:
        await socket.start(world.token(exp=now + 2))
        assert await socket.closed() == 4403


async def test_the_socket_closes_when_its_session_is_revoked(address: str, world: World) -> None:
    session = uuid4()
    async with opened(address) as socket:
        await socket.start(world.token(sid=str(session)))
        world.bus.publish(AccessRevoked(session_id=SessionId(session)), workspace=world.workspace.id)
        assert await socket.closed() == 4403


async def test_who_does_not_take_events_is_dropped(address: str, member: Socket, world: World) -> None:
    contact = world.add_contact()
    await member.subscribe(RECEIVED)
    await subscriptions(address, count=1)
    template = received(world, contact, "x")
    for number in range(QUEUE_LENGTH + 1):
        world.bus.publish(replace(template, event=replace(template.event, text=str(number))), workspace=world.workspace.id)
    assert await member.closed() == 4510
    await subscriptions(address, count=0)


# --- server-sent events ---------------------------------------------------------------------------------------------


@asynccontextmanager
async def streamed(address: str, world: World, query: str, **claims: object) -> AsyncIterator[AsyncIterator[str]]:
    """The lines of an event stream."""
    headers = {"authorization": f"Bearer {world.token(**claims)}", "accept": "text/event-stream"}
    client = httpx.AsyncClient(timeout=5)
    async with client, client.stream("POST", f"http://{address}/graphql", json={"query": query}, headers=headers) as response:
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
