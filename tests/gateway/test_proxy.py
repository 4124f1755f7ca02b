"""REST and webhooks reach the owning service as they were sent; what could reach a path it should not is refused."""

import json
import re
from pathlib import Path

import httpx
import pytest

from gateway.clients import Ports
from gateway.main import compose
from gateway.proxy import FLOWING
from gateway.settings import GatewaySettings
from services.kit.hosting import ASGIApp
from services.kit.port import Answer
from tests.gateway.conftest import SECRET_KEY
from tests.gateway.simulated import World, answer, problem
from tests.kit.asgi import ask

OWNERS = [
    ("/v1/auth/sign-in", "identity"),
    ("/v1/members", "identity"),
    ("/v1/api-keys/1", "identity"),
    ("/v1/me", "identity"),
    ("/v1/contacts", "identity"),
    ("/v1/contacts/1", "identity"),
    ("/v1/contacts/1/timeline", "engagement"),
    ("/v1/profiles/1", "identity"),
    ("/.well-known/jwks.json", "identity"),
    ("/v1/channels", "engagement"),
    ("/v1/connectors", "engagement"),
    ("/v1/conversations/1/replies", "engagement"),
    ("/v1/interactions/1/decline", "engagement"),
    ("/v1/replies/1/settle", "engagement"),
    ("/v1/ledger", "engagement"),
    ("/v1/journal/1/replay", "engagement"),
    ("/v1/engagement/dead-letters", "engagement"),
    ("/v1/identity/dead-letters", "identity"),
    ("/v1/routing/dead-letters/redrive", "routing"),
    ("/v1/tasks/1", "routing"),
    ("/v1/playbook/post/service", "routing"),
    ("/v1/triage", "routing"),
    ("/webhooks/abc/def", "engagement"),
    ("/webchat/abc/session", "engagement"),
    ("/oauth/facebook", "engagement"),
    ("/oauth/accounts", "engagement"),
]

SERVICES = Path(__file__).parent.parent.parent / "services"


def _described() -> list[tuple[str, str]]:
    """Every path that a service describes for partners, with an id where it has a parameter; files flow."""
    documents = {name: json.loads((SERVICES / name / "openapi.json").read_text()) for name in ("identity", "engagement", "routing")}
    return [
        (re.sub(r"\{\w+\}", "1", path), name)
        for name, document in documents.items()
        for path in document["paths"]
        if path.startswith("/v1/") and not FLOWING.fullmatch(re.sub(r"\{\w+\}", "1", path))
    ]


async def test_every_path_that_a_service_describes_reaches_it(http: httpx.AsyncClient, world: World) -> None:
    described = _described()

    for path, _ in described:
        await http.post(path, content=b"{}")

    assert [(call.path, call.service) for call in world.calls] == described


@pytest.mark.parametrize(("path", "service"), OWNERS)
async def test_each_path_goes_to_its_owner(http: httpx.AsyncClient, world: World, path: str, service: str) -> None:
    await http.post(f"{path}?limit=5&after=a%20b", content=b"\x00raw")
    (call,) = world.calls
    assert (call.service, call.method, call.path) == (service, "POST", f"{path}?limit=5&after=a%20b")
    assert call.body == b"\x00raw"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/internal/contacts/by-ids",
        "/v1/contactsx",
        "/webhooks",
        "/webhooks/",
        "/v2/contacts",
        "/openapi/x.json",
    ],
)
async def test_other_paths_go_nowhere(http: httpx.AsyncClient, world: World, path: str) -> None:
    response = await http.post(path)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert world.calls == []


@pytest.mark.parametrize(
    "raw_path",
    [
        b"/v1/contacts/../../internal/contacts/by-ids",
        b"/v1/contacts/%2e%2e/%2E%2e/internal/contacts/by-ids",
        b"/v1/contacts/./x",
        b"/v1//contacts",
        b"/v1/contacts/..",
        b"/v1/contacts/a%2fb",
        b"/v1/contacts/a%5Cb",
        b"/v1/contacts/a%00",
        b"/v1/contacts/%ff",
        b"/v1/contacts/" + b"x" * 3_000,
    ],
)
async def test_paths_that_may_be_read_two_ways_are_refused(app: ASGIApp, world: World, raw_path: bytes) -> None:
    told = await ask(app, "GET", raw_path.decode().partition("%")[0], raw_path=raw_path, headers=[])
    assert 400 <= told.status < 500
    assert told.problem["code"]
    assert world.calls == []


async def test_headers_meant_for_the_end_travel_and_no_others(http: httpx.AsyncClient, world: World) -> None:
    headers = {
        "x-signature": "abc",
        "authorization": "Bearer a.b.c",
        "connection": "keep-alive, x-private",
        "x-private": "1",
        "te": "trailers",
        "x-request-id": "mine-1",
        "x-forwarded-for": "10.0.0.1",
        "idempotency-key": "k",
    }
    await http.post("/v1/contacts", headers=headers, content=b"{}")
    (call,) = world.calls
    assert [call.header(name) for name in ("x-signature", "authorization", "idempotency-key")] == ["abc", "Bearer a.b.c", "k"]
    assert [call.header(name) for name in ("connection", "x-private", "te", "host", "content-length")] == [None] * 5
    assert call.header("x-request-id") == "mine-1"
    assert call.header("x-forwarded-for") == "10.0.0.1, 127.0.0.1"
    assert (call.header("traceparent") or "").startswith("00-")


async def test_the_answer_comes_back_as_it_was(http: httpx.AsyncClient, world: World) -> None:
    sent = Answer(201, {"content-type": "text/csv", "etag": '"1"', "connection": "close", "location": "/x"}, b"a,b")
    world.identity.responders["POST", "/v1/contacts"] = lambda _: sent
    response = await http.post("/v1/contacts")
    assert (response.status_code, response.content) == (201, b"a,b")
    assert (response.headers["content-type"], response.headers["etag"]) == ("text/csv", '"1"')
    assert "connection" not in response.headers


async def test_a_service_away_is_503_with_retry_after(http: httpx.AsyncClient, world: World) -> None:
    world.engagement.away = True
    response = await http.post("/webhooks/abc", content=b"{}")
    assert (response.status_code, response.json()["code"]) == (503, "service_unavailable")
    assert response.headers["retry-after"] == "1"
    assert response.headers["content-type"] == "application/problem+json"


async def test_bodies_beyond_the_cap_go_nowhere(app: ASGIApp, world: World) -> None:
    told = await ask(app, "POST", "/webhooks/abc", chunks=[b"x" * 65_536] * 100, headers=[])
    assert told.status == 413
    assert world.calls == []


async def test_an_api_key_is_exchanged_on_the_way(http: httpx.AsyncClient, world: World) -> None:
    world.identity.responders["POST", "/v1/auth/exchange"] = lambda _: {"access_token": "t.o.k", "expires_in": 300}
    for _ in range(2):
        await http.get("/v1/contacts", headers={"authorization": "Bearer rk_secret"})
    assert [(call.path, call.header("authorization")) for call in world.calls] == [
        ("/v1/auth/exchange", "Bearer rk_secret"),
        ("/v1/contacts", "Bearer t.o.k"),
        ("/v1/contacts", "Bearer t.o.k"),
    ]


async def test_an_unknown_api_key_is_401_and_reaches_nobody_else(http: httpx.AsyncClient, world: World) -> None:
    world.identity.responders["POST", "/v1/auth/exchange"] = lambda _: problem(401, "unauthenticated", "No.")
    response = await http.get("/v1/contacts", headers={"authorization": "Bearer rk_wrong"})
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    assert [call.path for call in world.calls] == ["/v1/auth/exchange"]


async def test_descriptions_of_the_services_are_served(http: httpx.AsyncClient, world: World) -> None:
    world.routing.responders["GET", "/openapi.json"] = lambda _: answer({"openapi": "3.1.0"})
    assert (await http.get("/openapi/routing.json")).json() == {"openapi": "3.1.0"}


async def test_health_and_figures(http: httpx.AsyncClient) -> None:
    assert (await http.get("/healthz")).status_code == 200
    assert (await http.get("/readyz")).status_code == 200
    await http.get("/v1/contacts/123")
    figures = (await http.get("/metrics")).text
    assert 'route="/v1/* identity"' in figures
    assert "123" not in [line.partition("route=")[2] for line in figures.splitlines()]


async def test_browsers_get_the_explorer(http: httpx.AsyncClient) -> None:
    page = await http.get("/graphql", headers={"accept": "text/html,*/*"})
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, "text/html")
    assert (await http.get("/graphql/explorer/nothing.js")).status_code == 404


async def test_the_bare_address_leads_to_the_explorer(http: httpx.AsyncClient, world: World) -> None:
    told = await http.get("/", follow_redirects=False)
    assert (told.status_code, told.headers["location"]) == (302, "/graphql")
    assert world.calls == []


async def test_web_chat_goes_over_connections_of_its_own_where_there_are_some(settings: GatewaySettings) -> None:
    members, visitors = World(), World()
    ports = Ports(
        identity=members.ports.identity,
        engagement=members.ports.engagement,
        routing=members.ports.routing,
        visitors=visitors.ports.engagement,
    )
    async with (
        compose(settings, ports=ports, events=members.bus) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway") as http,
    ):
        await http.get("/webchat/abc/messages?wait=8")
        await http.post("/webhooks/abc")
    assert [call.path for call in visitors.calls] == ["/webchat/abc/messages?wait=8"]
    assert [call.path for call in members.calls] == ["/webhooks/abc"]


async def test_the_gateways_own_origins_say_nothing_about_web_chat(world: World) -> None:
    settings = GatewaySettings(secret_key=SECRET_KEY, allowed_origins=("https://console.example",))
    sent = Answer(204, {"access-control-allow-origin": "https://shop.example"}, b"")
    world.engagement.responders["OPTIONS", "/webchat/abc/session"] = lambda _: sent
    asking = {"origin": "https://shop.example", "access-control-request-method": "POST"}
    async with (
        compose(settings, ports=world.ports, events=world.bus) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway") as http,
    ):
        of_chat = await http.options("/webchat/abc/session", headers=asking)
        of_console = await http.options("/v1/channels", headers=asking)
    assert (of_chat.status_code, of_chat.headers["access-control-allow-origin"]) == (204, "https://shop.example")
    assert of_console.status_code == 400
