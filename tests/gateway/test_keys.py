"""API keys in GraphQL: listed without secrets, made with a token shown once, revoked."""

from uuid import uuid4

from gateway.relay import global_id
from services.contracts.ids import KeyId
from services.contracts.views.keys import KeyView, NewKeyView
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, answer, page, problem

CREATE = """
mutation ($input: CreateApiKeyInput!) {
  c: createApiKey(input: $input) { __typename ... on ApiKeyCreated { token apiKey { key name scopes } } ... on Problem { message } }
}
"""
REVOKE = "mutation ($input: RevokeApiKeyInput!) { r: revokeApiKey(input: $input) { __typename ... on ApiKeyRevoked { key } } }"
KEY = KeyView(
    id=KeyId(uuid4()),
    name="till",
    prefix="rk_abc",
    scopes=("contacts:read",),
    created_by=None,
    created_at=MORNING,
    expires_at=None,
    revoked_at=None,
    last_used_at=None,
)


async def test_keys_are_listed_made_and_revoked(graphql: GraphqlClient, world: World) -> None:
    shown, missing = global_id("ApiKey", KEY.id), uuid4()
    world.identity.responders["POST", "/internal/api-keys/page"] = lambda asked: page([KEY], asked)
    world.identity.responders["POST", "/v1/api-keys"] = lambda _: NewKeyView(key=KEY, token="rk_abc_secret")
    world.identity.responders["DELETE", f"/v1/api-keys/{KEY.id}"] = lambda _: answer(None, status=204)
    world.identity.responders["DELETE", f"/v1/api-keys/{missing}"] = lambda _: problem(404, "key_not_found", "There is no such key.")

    listed = await graphql.ask("{ apiKeys { nodes { key name prefix scopes lastUsedAt } } }")
    made = await graphql.ask(CREATE, input={"name": "till", "scopes": ["contacts:read"], "idempotencyKey": "k-1"})
    sent = world.calls[-1]
    gone = await graphql.ask(REVOKE, input={"key": shown})
    unknown = await graphql.ask(REVOKE, input={"key": global_id("ApiKey", missing)})

    assert listed["apiKeys"]["nodes"] == [
        {"key": shown, "name": "till", "prefix": "rk_abc", "scopes": ["contacts:read"], "lastUsedAt": None}
    ]
    assert made["c"]["token"] == "rk_abc_secret"
    assert made["c"]["apiKey"] == {"key": shown, "name": "till", "scopes": ["contacts:read"]}
    assert dict(sent.headers)["idempotency-key"] == "k-1"
    assert gone["r"] == {"__typename": "ApiKeyRevoked", "key": shown}
    assert unknown["r"] == {"__typename": "NotFound"}
