"""Channels in GraphQL: what can be connected, and connecting, changing and disconnecting it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from gateway.relay import global_id
from services.contracts.ids import ChannelId
from services.contracts.views.authorizing import AuthorizationBegunView, AuthorizationView, GrantedAccountView
from services.contracts.views.connectors import (
    ApprovedButtonView,
    ApprovedTemplateView,
    ConnectedView,
    ConnectorFieldView,
    ConnectorView,
    SignInView,
)
from services.contracts.vocabulary import ConnectorAbility, Kind, SubscriptionState
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING, health_of
from tests.gateway.simulated import World, answer, problem

CONNECT = """mutation($input: ConnectChannelInput!) { connectChannel(input: $input) { __typename
  ... on ChannelConnected { channel { id name active } signingSecret clientMutationId }
  ... on Problem { code message } ... on ValuesMissing { missing } } }"""
UPDATE = """mutation($input: UpdateChannelInput!) { updateChannel(input: $input) { __typename
  ... on ChannelUpdated { channel { name active } } ... on Problem { code } } }"""
SUBSCRIBE = """mutation($input: SubscribeChannelInput!) { subscribeChannel(input: $input) { __typename
  ... on ChannelSubscribed { health { subscription subscribedAt } } ... on Problem { code } } }"""
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
            sign_in=SignInView(app="house", registration=("client_id",), asks=("instance",), redirect_path="/oauth/telegram"),
        )
    ]
    data = await graphql.ask(
        """{ connectors { platform title receives sends begins abilities signing docs fields { name description secret required form }
        signIn { app registration asks redirectPath } } }"""
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
            "signIn": {"app": "house", "registration": ["client_id"], "asks": ["instance"], "redirectPath": "/oauth/telegram"},
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


BEGIN = """mutation($input: BeginAuthorizationInput!) { beginAuthorization(input: $input) { __typename
  ... on AuthorizationBegun { url authorization { key state } clientMutationId }
  ... on Problem { code } ... on ValuesMissing { missing } } }"""
CHOOSE = """mutation($input: ChooseAccountsInput!) { chooseAccounts(input: $input) { __typename
  ... on AccountsChosen { authorization { state channels { name } } } ... on Problem { code } } }"""
CONFIRM = """mutation($input: ConfirmAuthorizationInput!) { confirmAuthorization(input: $input) { __typename
  ... on AuthorizationConfirmed { authorization { state } } ... on Problem { code } } }"""
KEEP = """mutation($input: KeepRegistrationInput!) { keepRegistration(input: $input) { __typename
  ... on RegistrationKept { app } ... on Problem { code } } }"""
WAY = AuthorizationView(
    id=UUID(int=7),
    platform="facebook",
    state="begun",
    reason="",
    accounts=(),
    channel_ids=(),
    begun_at=MORNING,
    expires_at=MORNING,
)


async def test_a_person_is_sent_to_sign_in_and_chooses_accounts(graphql: GraphqlClient, world: World) -> None:
    begun = AuthorizationBegunView(url="https://platform.example/sign-in", authorization=WAY)
    world.engagement.responders["POST", "/v1/authorizations"] = lambda _: answer(begun, status=201)
    channel = global_id("Channel", world.channel.id)
    wish = {"channelId": channel, "settings": [{"name": "instance", "value": "https://i.example"}], "clientMutationId": "a-1"}
    data = await graphql.ask(BEGIN, input=wish)
    way = global_id("Authorization", WAY.id)
    assert data["beginAuthorization"] == {
        "__typename": "AuthorizationBegun",
        "url": "https://platform.example/sign-in",
        "authorization": {"key": way, "state": "begun"},
        "clientMutationId": "a-1",
    }
    (call,) = [call for call in world.calls if call.path == "/v1/authorizations"]
    assert (call.header("idempotency-key"), call.payload()) == (
        "a-1",
        {"name": "", "credentials": {}, "config": {"instance": "https://i.example"}, "channel_id": str(world.channel.id)},
    )

    path = f"/v1/authorizations/{WAY.id}"
    world.engagement.responders["POST", f"{path}/confirmation"] = lambda _: replace(WAY, state="choosing")
    several = (await graphql.ask(CONFIRM, input={"authorizationKey": way, "code": "7K2M-Q0XD"}))["confirmAuthorization"]
    assert several["authorization"] == {"state": "choosing"}
    world.engagement.responders["POST", f"{path}/confirmation"] = lambda _: problem(422, "code_refused", "Not that.")
    wrong = (await graphql.ask(CONFIRM, input={"authorizationKey": way, "code": "7"}))["confirmAuthorization"]
    assert wrong == {"__typename": "InvalidInput", "code": "CODE_REFUSED"}
    asked = "query($key: ID!) { authorization(key: $key) { state reason accounts { account name } channels { name } expiresAt } }"
    granted = (GrantedAccountView(account="p-1", name="Page one"),)
    world.engagement.responders["GET", path] = lambda _: replace(WAY, state="choosing", accounts=granted)
    told = (await graphql.ask(asked, key=way))["authorization"]
    assert (told["state"], told["accounts"], told["channels"]) == ("choosing", [{"account": "p-1", "name": "Page one"}], [])
    done = replace(WAY, state="done", channel_ids=(ChannelId(world.channel.id),))
    world.engagement.responders["POST", f"{path}/accounts"] = lambda _: done
    chosen = (await graphql.ask(CHOOSE, input={"authorizationKey": way, "accounts": ["p-1"]}))["chooseAccounts"]
    assert chosen["authorization"] == {"state": "done", "channels": [{"name": "Acme on Telegram"}]}
    world.engagement.responders["GET", path] = lambda _: problem(404, "authorization_not_found", "")
    assert (await graphql.ask(asked, key=way))["authorization"] is None


async def test_why_nobody_was_sent_to_sign_in_is_typed(graphql: GraphqlClient, world: World) -> None:
    refusals = (
        (problem(422, "registration_missing", "Set OAUTH_META_CLIENT_ID."), "RegistrationMissing", "REGISTRATION_MISSING"),
        (problem(422, "authorization_refused", "Meta says: no"), "AuthorizationRefused", "AUTHORIZATION_REFUSED"),
        (problem(422, "credentials_missing", "", missing=[{"name": "instance"}]), "ValuesMissing", "CREDENTIALS_MISSING"),
        (problem(422, "not_authorizable", "By hand."), "InvalidInput", "NOT_AUTHORIZABLE"),
        (problem(409, "channel_disconnected", "Over."), "Conflict", "CHANNEL_DISCONNECTED"),
    )
    for refusal, type_name, code in refusals:
        world.engagement.responders["POST", "/v1/authorizations"] = lambda _, refusal=refusal: refusal
        told = (await graphql.ask(BEGIN, input={"platform": "facebook"}))["beginAuthorization"]
        assert (told["__typename"], told["code"], told.get("missing", ["instance"])) == (type_name, code, ["instance"])


async def test_a_company_registers_itself_and_forgets_it(graphql: GraphqlClient, world: World) -> None:
    given: list[Any] = []
    for method in ("PUT", "DELETE"):
        world.engagement.responders[method, "/v1/registrations/meta"] = lambda asked: given.append(asked) or answer(None, status=204)
    wish: dict[str, Any] = {"app": "meta", "values": [{"name": "client_id", "value": "1"}]}
    assert (await graphql.ask(KEEP, input=wish))["keepRegistration"] == {"__typename": "RegistrationKept", "app": "meta"}
    assert (await graphql.ask(KEEP, input={"app": "meta"}))["keepRegistration"]["__typename"] == "RegistrationKept"
    assert given[0] == {"values": {"client_id": "1"}}
    assert len(given) == 2
    world.engagement.responders["PUT", "/v1/registrations/meta"] = lambda _: problem(422, "registration_malformed", "It has client_id.")
    assert (await graphql.ask(KEEP, input=wish))["keepRegistration"]["code"] == "REGISTRATION_MALFORMED"


async def test_a_platform_is_told_again_where_to_deliver(graphql: GraphqlClient, world: World) -> None:
    path, id_ = f"/v1/channels/{world.channel.id}/subscription", global_id("Channel", world.channel.id)
    health = replace(health_of(world.channel.id), subscription=SubscriptionState.WAITING)
    world.engagement.responders["POST", path] = lambda _: health
    told = (await graphql.ask(SUBSCRIBE, input={"channelId": id_}))["subscribeChannel"]
    assert told == {"__typename": "ChannelSubscribed", "health": {"subscription": "WAITING", "subscribedAt": None}}
    refusals = (
        (problem(422, "not_subscribable", "Told by people."), "InvalidInput", "NOT_SUBSCRIBABLE"),
        (problem(409, "channel_disconnected", "Connect it again."), "Conflict", "CHANNEL_DISCONNECTED"),
        (problem(404, "not_found", "No such channel."), "NotFound", "NOT_FOUND"),
        (problem(403, "forbidden", "This needs the scope channels:write."), "NotAllowed", "FORBIDDEN"),
    )
    for refusal, type_name, code in refusals:
        world.engagement.responders["POST", path] = lambda _, refusal=refusal: refusal
        told = (await graphql.ask(SUBSCRIBE, input={"channelId": id_}))["subscribeChannel"]
        assert (told["__typename"], told["code"]) == (type_name, code)


async def test_what_may_be_sent_is_listed(graphql: GraphqlClient, world: World) -> None:
    button = ApprovedButtonView(label="More", kind="reply", takes_value=False)
    template = ApprovedTemplateView(
        name="order_ready",
        language="en_GB",
        category="utility",
        text="Order {{1}} is ready.",
        named=False,
        places=("1",),
        heading="image",
        heading_text="",
        heading_place=None,
        buttons=(button,),
    )
    world.engagement.responders["GET", f"/v1/channels/{world.channel.id}/templates"] = lambda _: [template]
    data = await graphql.ask(
        """query($id: ID!) { templates(channelId: $id) { name language category text named places heading headingText headingPlace
        buttons { label kind takesValue } } }""",
        id=global_id("Channel", world.channel.id),
    )
    assert data["templates"] == [
        {
            "name": "order_ready",
            "language": "en_GB",
            "category": "utility",
            "text": "Order {{1}} is ready.",
            "named": False,
            "places": ["1"],
            "heading": "image",
            "headingText": "",
            "headingPlace": None,
            "buttons": [{"label": "More", "kind": "reply", "takesValue": False}],
        }
    ]
