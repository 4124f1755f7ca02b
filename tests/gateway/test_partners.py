"""Partner webhooks in GraphQL (G4, W14): kept by whoever may keep keys, the secret shown once, what was told and how it went."""

from uuid import UUID, uuid4

import orjson
import pytest

from gateway.relay import global_id
from services.contracts.ids import WebhookDeliveryId, WebhookEndpointId
from services.contracts.views import EventTypeView, WebhookDeliveryView, WebhookEndpointView
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, answer, page, problem

ENDPOINT = WebhookEndpointView(
    id=WebhookEndpointId(UUID(int=7)),
    url="https://crm.example/hook",
    types=("identity.lead.handed_over",),
    description="CRM",
    active=True,
    trouble="",
    failures=0,
    failing_since=None,
    created_at=MORNING,
    version=2,
)
PATH = f"/v1/webhook-endpoints/{ENDPOINT.id}"
ID = global_id("WebhookEndpoint", ENDPOINT.id)


def delivery(state: str) -> WebhookDeliveryView:
    return WebhookDeliveryView(
        id=WebhookDeliveryId(uuid4()),
        event_id="identity-7",
        type="identity.lead.handed_over",
        state=state,
        attempts=2,
        status=500,
        trouble="answered with 500",
        created_at=MORNING,
        due_at=None,
        finished_at=MORNING,
    )


async def test_g4_endpoints_and_what_they_were_told_cost_two_calls(graphql: GraphqlClient, world: World) -> None:
    world.identity.responders["POST", "/internal/webhook-endpoints/page"] = lambda asked: page([ENDPOINT] * 3, asked)
    world.identity.responders["POST", "/internal/webhook-deliveries/by-endpoint-ids"] = lambda asked: [
        page([delivery(asked["state"])], asked) for _ in asked["ids"]
    ]
    query = """{ webhookEndpoints { nodes { id url types active version
      deliveries(first: 5, state: "failed") { nodes { eventId state status trouble } } } } }"""

    data = await graphql.ask(query)

    told = {"eventId": "identity-7", "state": "failed", "status": 500, "trouble": "answered with 500"}
    assert data["webhookEndpoints"]["nodes"][0] == {
        "id": ID,
        "url": "https://crm.example/hook",
        "types": ["identity.lead.handed_over"],
        "active": True,
        "version": 2,
        "deliveries": {"nodes": [told]},
    }
    assert sorted(world.asked()) == [
        "identity POST /internal/webhook-deliveries/by-endpoint-ids",
        "identity POST /internal/webhook-endpoints/page",
    ]


async def test_g4_an_endpoint_is_made_and_its_secret_shown_once(graphql: GraphqlClient, world: World) -> None:
    answers = world.identity.responders
    answers["POST", "/v1/webhook-endpoints"] = lambda _: ENDPOINT
    answers["POST", f"{PATH}/rotations"] = lambda _: ENDPOINT
    answers["GET", f"{PATH}/secret"] = lambda _: {"secret": "whsec_1"}
    answers["GET", "/v1/webhook-endpoints/event-types"] = lambda _: {"items": [EventTypeView(name="a.b", description="It is.")]}
    query = """mutation($id: ID!) {
      a: createWebhookEndpoint(input: {url: "https://crm.example/hook", types: ["*"], idempotencyKey: "k"}) {
        ... on WebhookEndpointSigned { secret webhookEndpoint { id } } }
      b: rotateWebhookSecret(input: {webhookEndpointId: $id, version: 2}) { ... on WebhookEndpointSigned { secret } } }"""

    data = await graphql.ask(query, id=ID)

    assert data == {"a": {"secret": "whsec_1", "webhookEndpoint": {"id": ID}}, "b": {"secret": "whsec_1"}}
    made = next(call for call in world.calls if call.path == "/v1/webhook-endpoints")
    assert made.header("idempotency-key") == "k"
    assert (await graphql.ask("{ webhookEventTypes { name description } }"))["webhookEventTypes"] == [
        {"name": "a.b", "description": "It is."}
    ]


async def test_g4_an_endpoint_is_changed_tried_replayed_and_deleted(graphql: GraphqlClient, world: World) -> None:
    answers = world.identity.responders
    answers["PATCH", PATH] = lambda _: problem(409, "webhook_endpoint_changed", "Read it again.")
    answers["POST", f"{PATH}/tests"] = lambda _: answer({}, status=202)
    answers["POST", f"{PATH}/replays"] = lambda _: {"queued": 3}
    answers["DELETE", PATH] = lambda _: answer(None, status=204)
    query = """mutation($id: ID!) {
      a: updateWebhookEndpoint(input: {webhookEndpointId: $id, version: 1, active: false}) { ... on Conflict { code } }
      b: testWebhookEndpoint(input: {webhookEndpointId: $id}) { ... on WebhookEndpointTested { webhookEndpointId } }
      c: replayWebhookDeliveries(input: {webhookEndpointId: $id, since: "2026-03-01T12:00:00Z"}) {
        ... on WebhookDeliveriesReplayed { count } }
      d: deleteWebhookEndpoint(input: {webhookEndpointId: $id}) { ... on WebhookEndpointDeleted { webhookEndpointId } } }"""

    data = await graphql.ask(query, id=ID)

    assert data == {
        "a": {"code": "WEBHOOK_ENDPOINT_CHANGED"},
        "b": {"webhookEndpointId": ID},
        "c": {"count": 3},
        "d": {"webhookEndpointId": ID},
    }
    sent = {call.path: orjson.loads(call.body) for call in world.calls if call.body}
    assert sent[PATH] == {"version": 1, "active": False}
    assert sent[f"{PATH}/replays"] == {"since": "2026-03-01T12:00:00Z", "which": "failed"}


@pytest.mark.parametrize("given", ["deleteWebhookEndpoint", "testWebhookEndpoint"])
async def test_g4_who_may_not_keep_keys_is_told_what_it_needs(graphql: GraphqlClient, world: World, given: str) -> None:
    refused = problem(403, "missing_scope", "This needs the scope keys:write.")
    world.identity.responders["DELETE", PATH] = world.identity.responders["POST", f"{PATH}/tests"] = lambda _: refused
    query = f"mutation($id: ID!) {{ it: {given}(input: {{webhookEndpointId: $id}}) {{ ... on Problem {{ code message }} }} }}"

    assert (await graphql.ask(query, id=ID))["it"]["message"] == "This needs the scope keys:write."
