"""Who is at a conversation: seen at once by those who may read it, by nobody else, and no longer than they say so."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from gateway.main import compose
from gateway.relay import global_id
from gateway.settings import GatewaySettings
from services.contracts.events import PresenceShown
from services.contracts.events.presence import LASTS
from services.contracts.ids import ConversationId, MemberId, ProfileId, WorkspaceId
from services.contracts.vocabulary import PresenceActivity
from services.kit.clock import FixedClock
from services.kit.hosting import ASGIApp
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, problem
from tests.gateway.subscribing import Socket, opened, subscriptions

PRESENCE = """subscription($id: ID!) { conversationPresence(conversationId: $id) {
  people { member { name } activity since } } }"""
SHOW = """mutation($input: ShowPresenceInput!) { showPresence(input: $input) { __typename
  ... on PresenceShown { againAfterSeconds lastsSeconds } ... on Problem { code } } }"""


@pytest.fixture
def clock(world: World) -> FixedClock:
    """The gateway's clock, which stands still; tokens are good by it."""
    return FixedClock(world.issuer.clock.now())


@pytest.fixture
async def app(world: World, settings: GatewaySettings, clock: FixedClock) -> AsyncIterator[ASGIApp]:
    async with compose(settings, ports=world.ports, events=world.bus, clock=clock) as composed:
        yield composed


def shown(world: World, conversation: UUID, **named: Any) -> None:
    """Let a member (the one of the world, unless named) be heard."""
    given: dict[str, Any] = {"member_id": world.member.id, "activity": PresenceActivity.TYPING, **named}
    event = PresenceShown(conversation_id=ConversationId(conversation), profile_id=ProfileId(uuid4()), at=MORNING, **given)
    world.bus.publish(event, workspace=world.workspace.id, id_=str(uuid4()))


async def people(socket: Socket) -> list[tuple[str | None, str]]:
    """The next list: names and what they do."""
    message = await socket.take()
    assert message["type"] == "next", message
    found = message["payload"]["data"]["conversationPresence"]["people"]
    return [((each["member"] or {}).get("name"), each["activity"]) for each in found]


@pytest.fixture
async def watcher(address: str, world: World) -> AsyncIterator[Socket]:
    """A colleague of the world's member."""
    async with opened(address) as socket:
        await socket.start(world.token(sub=str(uuid4())))
        yield socket


async def test_who_comes_types_and_leaves_is_seen_at_once(address: str, watcher: Socket, world: World) -> None:
    conversation = world.conversation_of(world.add_contact()).id
    await watcher.subscribe(PRESENCE, id=global_id("Conversation", conversation))
    assert await people(watcher) == []
    await subscriptions(address, count=1)
    shown(world, conversation, activity=PresenceActivity.VIEWING)
    assert await people(watcher) == [("Sol", "VIEWING")]
    shown(world, conversation)
    assert await people(watcher) == [("Sol", "TYPING")]
    shown(world, conversation)
    shown(world, conversation, member_id=None)
    assert await people(watcher) == [(None, "TYPING"), ("Sol", "TYPING")]
    shown(world, conversation, activity=PresenceActivity.AWAY)
    assert await people(watcher) == [(None, "TYPING")]


async def test_who_crashes_is_no_longer_shown_after_twelve_seconds(watcher: Socket, world: World, clock: FixedClock) -> None:
    conversation = world.conversation_of(world.add_contact()).id
    shown(world, conversation)
    await watcher.subscribe(PRESENCE, id=global_id("Conversation", conversation))
    first = await people(watcher)
    assert (first or await people(watcher)) == [("Sol", "TYPING")]
    clock.advance(LASTS)
    assert await people(watcher) == []


async def test_of_several_windows_the_one_that_matters_is_shown_and_each_leaves_by_itself(watcher: Socket, world: World) -> None:
    conversation = world.conversation_of(world.add_contact()).id
    await watcher.subscribe(PRESENCE, id=global_id("Conversation", conversation))
    assert await people(watcher) == []
    shown(world, conversation, tab="one", activity=PresenceActivity.NOTING)
    assert await people(watcher) == [("Sol", "NOTING")]
    shown(world, conversation, tab="two")
    assert await people(watcher) == [("Sol", "TYPING")]
    shown(world, conversation, tab="two", activity=PresenceActivity.AWAY)
    assert await people(watcher) == [("Sol", "NOTING")]


async def test_nobody_is_shown_to_themselves_nor_in_another_conversation_or_workspace(address: str, member: Socket, world: World) -> None:
    conversation, other = (world.conversation_of(world.add_contact()).id for _ in range(2))
    await member.subscribe(PRESENCE, id=global_id("Conversation", conversation))
    assert await people(member) == []
    await subscriptions(address, count=1)
    shown(world, conversation)
    shown(world, other, member_id=MemberId(uuid4()))
    elsewhere = PresenceShown(
        conversation_id=conversation,
        profile_id=ProfileId(uuid4()),
        activity=PresenceActivity.TYPING,
        at=MORNING,
        member_id=MemberId(uuid4()),
    )
    world.bus.publish(elsewhere, workspace=WorkspaceId(uuid4()), id_="elsewhere")
    shown(world, conversation, member_id=None)
    assert await people(member) == [(None, "TYPING")]


async def test_who_may_not_read_the_conversation_hears_nothing(address: str, member: Socket, world: World) -> None:
    await member.subscribe(PRESENCE, id=global_id("Conversation", uuid4()))
    assert (await member.take())["payload"][0]["extensions"]["code"] == "CONVERSATION_NOT_FOUND"
    conversation = world.conversation_of(world.add_contact()).id
    async with opened(address) as stranger:
        await stranger.start(world.token(scp=["contacts:read"]))
        await stranger.subscribe(PRESENCE, id=global_id("Conversation", conversation))
        assert (await stranger.take())["payload"][0]["extensions"]["code"] == "FORBIDDEN"
    await subscriptions(address, count=0)


async def test_a_thread_that_was_merged_away_shows_who_is_at_the_one_that_speaks_for_it(watcher: Socket, world: World) -> None:
    merged, survivor = (world.conversation_of(world.add_contact()) for _ in range(2))
    world.conversations[merged.id] = survivor
    await watcher.subscribe(PRESENCE, id=global_id("Conversation", merged.id))
    assert await people(watcher) == []
    shown(world, survivor.id)
    assert await people(watcher) == [("Sol", "TYPING")]


async def test_a_member_says_where_they_are(graphql: GraphqlClient, world: World) -> None:
    conversation = world.conversation_of(world.add_contact()).id
    path = f"/v1/conversations/{conversation}/presence"
    world.engagement.responders["PUT", path] = lambda _: {"again_after_seconds": 5.0, "lasts_seconds": 12.0}
    given = {"conversationId": global_id("Conversation", conversation), "activity": "TYPING", "tab": "one"}
    data = await graphql.ask(SHOW, input=given)
    assert data == {"showPresence": {"__typename": "PresenceShown", "againAfterSeconds": 5.0, "lastsSeconds": 12.0}}
    (call,) = [each for each in world.calls if each.path == path]
    assert call.payload() == {"activity": "typing", "tab": "one"}
    for refusal, name in (
        (problem(404, "conversation_not_found", "None."), "NotFound"),
        (problem(403, "member_needed", "Sign in."), "NotAllowed"),
    ):
        world.engagement.responders["PUT", path] = lambda _, refusal=refusal: refusal
        assert (await graphql.ask(SHOW, input=given))["showPresence"]["__typename"] == name
    assert (await graphql.ask(SHOW, input={**given, "conversationId": "x"}))["showPresence"]["__typename"] == "InvalidInput"
    world.engagement.responders["PUT", path] = lambda _: problem(429, "rate_limited", "Too fast.")
    assert await graphql.codes(SHOW, input=given) == ["RATE_LIMITED"]
