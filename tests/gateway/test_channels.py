"""Channels in GraphQL: what can be connected, and connecting, changing and disconnecting it."""

from dataclasses import replace
from typing import Any

from gateway.relay import global_id
from services.contracts.views.connectors import ConnectedView, ConnectorFieldView, ConnectorView
from services.contracts.vocabulary import ConnectorAbility, Kind
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, answer, problem

CONNECT = """mutation($input: ConnectChannelInput!) { connectChannel(input: $input) { __typename
  ... on ChannelConnected { channel { id name active } signingSecret clientMutationId }
  ... on Problem { code message } ... on ValuesMissing { missing } } }"""
UPDATE = """mutation($input: UpdateChannelInput!) { updateChannel(input: $input) { __typename
  ... on ChannelUpdated { channel { name active } } ... on Problem { code } } }"""
DISCONNECT = """mutation($input: DisconnectChannelInput!) { disconnectChannel(input: $input) { __typename
  ... on ChannelDisconnected { channel { active disconnectedAt } } ... on Problem { code } } }"""


async def test_what_can_be_connected_says_what_it_needs_and_can_do(graphql: GraphqlClient, world: World) -> None:
    token = ConnectorFieldView(name="token", description="The bot's token", secret=True, required=True, form="text")
    world.engagement.responders["GET", "/v1/connectors"] = lambda _: [
        ConnectorView(
            platform="telegram",
            title="Telegram",
            receives=(Kind.DIRECT,),
            sends=(Kind.DIRECT,),
            begins=(),
            abilities=(ConnectorAbility.CHECK, ConnectorAbility.LOOK_UP),
            signing="us",
            fields=(token,),
            docs=("https://core.telegram.org/bots/api",),
        )
    ]
    data = await graphql.ask(
        "{ connectors { platform title receives sends begins abilities signing docs fields { name description secret required form } } }"
    )
    assert data["connectors"] == [
        {
            "platform": "telegram",
            "title": "Telegram",
            "receives": ["DIRECT"],
            "sends": ["DIRECT"],
            "begins": [],
            "abilities": ["CHECK", "LOOK_UP"],
            "signing": "us",
            "docs": ["https://core.telegram.org/bots/api"],
            "fields": [{"name": "token", "description": "The bot's token", "secret": True, "required": True, "form": "text"}],
        }
    ]


async def test_a_channel_is_connected_once_and_its_secret_shown(graphql: GraphqlClient, world: World) -> None:
    world.engagement.responders["POST", "/v1/channels"] = lambda _: answer(
        ConnectedView(channel=world.channel, signing_secret="whsec_x"), status=201
    )
    wish: dict[str, Any] = {
        "platform": "telegram",
        "name": "Acme on Telegram",
        "credentials": [{"name": "token", "value": "1:secret"}],
        "settings": [{"name": "username", "value": "acme"}],
        "clientMutationId": "c-1",
    }
    data = await graphql.ask(CONNECT, input=wish)
    assert data["connectChannel"] == {
        "__typename": "ChannelConnected",
        "channel": {"id": global_id("Channel", world.channel.id), "name": "Acme on Telegram", "active": True},
        "signingSecret": "whsec_x",
        "clientMutationId": "c-1",
    }
    (call,) = [call for call in world.calls if call.path == "/v1/channels"]
    assert call.header("idempotency-key") == "c-1"
    assert call.payload() == {
        "platform": "telegram",
        "name": "Acme on Telegram",
        "credentials": {"token": "1:secret"},
        "config": {"username": "acme"},
        "check": False,
    }
    twice = await graphql.ask(CONNECT, input={**wish, "credentials": wish["credentials"] * 2})
    assert twice["connectChannel"]["__typename"] == "InvalidInput"
    assert [call.path for call in world.calls].count("/v1/channels") == 1


async def test_why_nothing_was_connected_is_typed(graphql: GraphqlClient, world: World) -> None:
    missing = [{"name": "token", "description": "The bot's token"}]
    refusals = (
        (problem(422, "credentials_missing", "Telegram needs: token.", missing=missing), "ValuesMissing", "CREDENTIALS_MISSING"),
        (problem(422, "credentials_refused", "Telegram says: Unauthorized"), "CredentialsRefused", "CREDENTIALS_REFUSED"),
        (problem(422, "platform_unreachable", "Telegram: refused."), "PlatformUnreachable", "PLATFORM_UNREACHABLE"),
        (problem(422, "unknown_platform", "There is no connector 'x'."), "InvalidInput", "UNKNOWN_PLATFORM"),
        (problem(403, "forbidden", "This needs the scope channels:write."), "NotAllowed", "FORBIDDEN"),
    )
    for refusal, type_name, code in refusals:
        world.engagement.responders["POST", "/v1/channels"] = lambda _, refusal=refusal: refusal
        told = (await graphql.ask(CONNECT, input={"platform": "telegram", "name": "T"}))["connectChannel"]
        assert (told["__typename"], told["code"]) == (type_name, code)
        assert told.get("missing", ["token"]) == ["token"]


async def test_a_channel_is_changed_in_what_is_given_and_ended(graphql: GraphqlClient, world: World) -> None:
    given: list[Any] = []
    path, id_ = f"/v1/channels/{world.channel.id}", global_id("Channel", world.channel.id)

    def change(asked: Any) -> object:
        given.append(asked)
        return replace(world.channel, active=False)

    world.engagement.responders["PATCH", path] = change
    wished = {"channelId": id_, "active": False, "credentials": [{"name": "token", "value": "2:x"}], "check": True}
    data = await graphql.ask(UPDATE, input=wished)
    assert data["updateChannel"] == {"__typename": "ChannelUpdated", "channel": {"name": "Acme on Telegram", "active": False}}
    assert given == [{"active": False, "credentials": {"token": "2:x"}, "check": True}]

    world.engagement.responders["DELETE", path] = lambda _: replace(world.channel, active=False, disconnected_at=MORNING)
    data = await graphql.ask(DISCONNECT, input={"channelId": id_})
    assert data["disconnectChannel"]["channel"] == {"active": False, "disconnectedAt": MORNING.isoformat()}
    world.engagement.responders["DELETE", path] = lambda _: problem(409, "replies_waiting", "Wait until they are sent.")
    world.engagement.responders["PATCH", path] = lambda _: problem(409, "channel_disconnected", "Connect it again.")
    assert (await graphql.ask(DISCONNECT, input={"channelId": id_}))["disconnectChannel"] == {
        "__typename": "Conflict",
        "code": "REPLIES_WAITING",
    }
    assert (await graphql.ask(UPDATE, input={"channelId": id_, "name": "T"}))["updateChannel"]["code"] == "CHANNEL_DISCONNECTED"
