"""Subscriptions over graphql-transport-ws: own workspace only, nothing missed, nothing twice, nobody slow."""

import base64
from dataclasses import replace
from uuid import uuid4

import msgspec
import pytest
import websockets

from gateway.realtime.catch_up import OVERLAP
from gateway.realtime.feed import QUEUE_LENGTH
from gateway.relay import global_id
from services.contracts.envelope import Event
from services.contracts.events import AccessRevoked, InteractionCompleted, ProfileAssigned, ReplySent
from services.contracts.ids import ProfileId, SessionId, WorkspaceId
from services.contracts.vocabulary import ReplyState
from services.kit.bus import encode
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, header_of, problem
from tests.gateway.subscribing import Socket, opened, received, subscriptions

RECEIVED = """subscription($conversation: ID, $contact: ID, $after: String) {
  messageReceived(conversationId: $conversation, contactId: $contact, after: $after) {
    __typename ... on MessageReceived { eventId cursor interaction { text contact { name } } } ... on Resync { reason } } }"""
GONE = problem(410, "beyond_retention", "Read the state again.")
REPLIES = "subscription { replyChanged { ... on ReplyChanged { state reply { text } } } }"


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


async def test_a_message_whose_words_come_later_is_shown_again_whole(address: str, member: Socket, world: World) -> None:
    contact = world.add_contact()
    await member.subscribe(RECEIVED)
    await subscriptions(address, count=1)
    bare = received(world, contact, "the words")
    parts = {
        name: getattr(bare, name) for name in ("interaction_id", "profile_id", "channel_id", "conversation_id", "event", "received_at")
    }
    world.bus.publish(InteractionCompleted(words=True, **parts), workspace=world.workspace.id)
    assert await member.text() == "the words"


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
    """What engagement answers: the events as the bus carries them."""
    headers = [header_of(event, workspace=world.workspace.id, sequence=sequence) for sequence, event in events]
    travelling = [encode(header, msgspec.json.encode(event)) for header, (_, event) in zip(headers, events, strict=True)]
    return {"events": [msgspec.Raw(each) for each in travelling], "has_next": False}


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


async def test_a_young_workspace_is_not_told_that_events_are_gone(address: str, member: Socket, world: World) -> None:
    one = received(world, world.add_contact(), "one")

    def answer_from_its_first_event(_: object) -> object:
        asked = world.calls[-1].path
        return outbox(world, (5_002, one)) if "after=5001&" in asked else GONE

    world.engagement.responders["GET", "/internal/events"] = answer_from_its_first_event
    await member.subscribe(RECEIVED, after=base64.urlsafe_b64encode(b"event:5001").decode())
    assert await member.text() == "one"


async def test_beyond_the_retention_the_client_is_told_to_read_again(address: str, member: Socket, world: World) -> None:
    world.engagement.responders["GET", "/internal/events"] = lambda _: GONE
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
