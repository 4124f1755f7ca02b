"""Signing in, tokens, API keys, revocation, and what somebody without any can learn (nothing)."""

from uuid import uuid4

import httpx
import pytest

from services.contracts.events import AccessRevoked
from services.contracts.ids import KeyId, SessionId
from tests.gateway.conftest import GraphqlClient
from tests.gateway.serving import eventually
from tests.gateway.simulated import World, answer, problem

SIGN_IN = """mutation($password: String!) { signIn(input: {workspace: "acme", email: "sol@acme.example", password: $password}) {
  __typename ... on SignedIn { accessToken refreshToken expiresIn member { name } workspace { slug } }
  ... on Problem { code message } ... on TooManyAttempts { retryAfterSeconds } } }"""


async def test_sign_in_opens_a_session_to_anybody(graphql: GraphqlClient) -> None:
    graphql.token = None
    data = await graphql.ask(SIGN_IN, password="correct horse")
    assert data["signIn"]["member"] == {"name": "Sol"}
    graphql.token = data["signIn"]["accessToken"]
    assert (await graphql.ask("{ viewer { member { name } } }"))["viewer"]["member"] == {"name": "Sol"}


async def test_a_wrong_password_is_a_typed_error(graphql: GraphqlClient) -> None:
    graphql.token = None
    data = await graphql.ask(SIGN_IN, password="wrong")
    assert data["signIn"] == {
        "__typename": "SignInRefused",
        "code": "SIGN_IN_REFUSED",
        "message": "These do not fit together.",
    }


async def test_too_many_attempts_say_how_long_to_wait(graphql: GraphqlClient, world: World) -> None:
    locked = problem(429, "rate_limited", "Wait.")
    locked = type(locked)(locked.status, {**locked.headers, "retry-after": "30"}, locked.body)
    world.identity.responders["POST", "/v1/auth/sign-in"] = lambda _: locked
    data = await graphql.ask(SIGN_IN, password="x")
    assert data["signIn"]["retryAfterSeconds"] == 30


async def test_refresh_and_sign_out(graphql: GraphqlClient, world: World) -> None:
    assert await graphql.ask("mutation { signOut { signedOut } }") == {"signOut": {"signedOut": True}}
    assert world.calls[-1].header("authorization") == f"Bearer {graphql.token}"
    graphql.token = None
    query = 'mutation { refreshSession(input: {refreshToken: "rr_1"}) { ... on SignedIn { refreshToken } } }'
    assert await graphql.ask(query) == {"refreshSession": {"refreshToken": "rr_1"}}


@pytest.mark.parametrize(
    "query",
    [
        "{ viewer { role } }",
        "{ __schema { types { name } } }",
        '{ __type(name: "Query") { name } }',
        "{ contact }",
        "{ nosuchfield }",
        "mutation { signOut { signedOut } }",
        "mutation { signIn { x } signOut { signedOut } }",
        "query A { __typename } query B { viewer { role } }",
        "subscription { messageReceived { __typename } }",
        "{ ...F } fragment F on Query { ledger { owed } }",
    ],
)
async def test_a_stranger_learns_nothing_of_the_schema(graphql: GraphqlClient, world: World, query: str) -> None:
    graphql.token = None
    errors = await graphql.errors(query)
    assert [error["extensions"]["code"] for error in errors] == ["UNAUTHENTICATED"]
    assert "Did you mean" not in str(errors)
    assert world.asked() == []


async def test_a_stranger_may_ask_for_the_type_name(graphql: GraphqlClient) -> None:
    graphql.token = None
    assert await graphql.ask("{ __typename }") == {"__typename": "Query"}


async def test_a_strangers_mistake_in_sign_in_gets_no_suggestions(graphql: GraphqlClient) -> None:
    graphql.token = None
    errors = await graphql.errors('mutation { signIn(input: {workspac: "x"}) { __typename } }')
    assert {error["extensions"]["code"] for error in errors} == {"GRAPHQL_VALIDATION_FAILED"}
    assert "Did you mean" not in str(errors)


async def test_members_may_introspect_and_get_suggestions(graphql: GraphqlClient) -> None:
    data = await graphql.ask("{ __schema { queryType { name } } }")
    assert data["__schema"]["queryType"]["name"] == "Query"
    assert "Did you mean" in (await graphql.errors("{ viewr { role } }"))[0]["message"]


@pytest.mark.parametrize("header", ["Bearer x", "Bearer a.b.c", "Basic abc", "Bearer", "bearer  ", "Bearer " + "x" * 5000])
async def test_a_bad_token_is_refused(http: httpx.AsyncClient, world: World, header: str) -> None:
    headers = {"authorization": header, "accept": "application/graphql-response+json"}
    response = await http.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert world.asked() == []


async def test_a_revoked_session_is_refused_at_once(graphql: GraphqlClient, world: World) -> None:
    session = uuid4()
    graphql.token = world.token(sid=str(session))
    await graphql.ask("{ viewer { role } }")
    world.bus.publish(AccessRevoked(session_id=SessionId(session)), workspace=world.workspace.id)
    await eventually(lambda: _refused(graphql))
    world.asked()
    assert await graphql.codes("{ viewer { role } }") == ["UNAUTHENTICATED"]
    assert world.asked() == []


async def _refused(graphql: GraphqlClient) -> bool:
    return "errors" in (await graphql.post("{ viewer { role } }")).json()


async def test_an_api_key_is_exchanged_once_and_forgotten_when_revoked(graphql: GraphqlClient, world: World) -> None:
    key = uuid4()
    exchanges = []

    def exchange(_: object) -> object:
        exchanges.append(world.calls[-1].header("authorization"))
        return {"access_token": world.token(sid=None, kid_=str(key)), "expires_in": 300}

    world.identity.responders["POST", "/v1/auth/exchange"] = exchange
    graphql.token = "rk_secret"
    for _ in range(3):
        assert (await graphql.ask("{ viewer { role member { name } } }"))["viewer"] == {"role": "AGENT", "member": None}
    assert exchanges == ["Bearer rk_secret"]
    world.identity.responders["POST", "/v1/auth/exchange"] = lambda _: problem(401, "unauthenticated", "No such key.")
    world.bus.publish(AccessRevoked(key_id=KeyId(key)), workspace=world.workspace.id)
    await eventually(lambda: _refused(graphql))


async def test_an_unknown_api_key_is_refused(graphql: GraphqlClient, world: World) -> None:
    world.identity.responders["POST", "/v1/auth/exchange"] = lambda _: problem(401, "unauthenticated", "No such key.")
    graphql.token = "rk_wrong"
    assert await graphql.codes("{ viewer { role } }") == ["UNAUTHENTICATED"]


async def test_subscriptions_need_their_scope(graphql: GraphqlClient, world: World) -> None:
    graphql.token = world.token(scp=["contacts:read"])
    response = await graphql.post("subscription { messageReceived { __typename } }", headers={"accept": "text/event-stream"})
    assert "FORBIDDEN" in response.text
    assert response.text.endswith("event: complete\ndata:\n\n")


async def test_identity_away_is_said(graphql: GraphqlClient, world: World) -> None:
    world.identity.responders["POST", "/v1/auth/exchange"] = lambda _: answer({}, status=500)
    graphql.token = "rk_any"
    assert await graphql.codes("{ viewer { role } }") == ["SERVICE_UNAVAILABLE"]


async def test_members_are_listed_for_whoever_assigns_or_mentions_them(graphql: GraphqlClient, world: World) -> None:
    found = await graphql.ask("{ members(first: 5) { nodes { id name active disciplines } pageInfo { hasNextPage } } }")
    (member,) = found["members"]["nodes"]
    assert (member["name"], member["active"], found["members"]["pageInfo"]) == (world.member.name, True, {"hasNextPage": False})
    assert (world.calls[-1].path, world.calls[-1].service) == ("/internal/members/page", "identity")
    assert await graphql.codes("{ members(first: 101) { nodes { id } } }") == ["BAD_USER_INPUT"]
