"""The explorer in a real browser: sign-in, query, renewal, subscription, reload, sign-out, and not one request to another host.

A small stand-in answers as the gateway does. Skipped where Chromium is not installed or the explorer is not built.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL

from gateway.explorer.files import BUILT, find_manifest
from gateway.explorer.page import BUILD_COMMAND, FILES_PATH, accepts_page, explorer_asgi
from tests.gateway.browser import DEADLINE_SECONDS, Page, find_chromium, open_page

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(find_manifest(BUILT) is None, reason=f"not built: {BUILD_COMMAND}"),
]

SHORT_SECONDS, LONG_SECONDS = 20, 300  # the explorer renews a token that has less than 30 seconds left
QUERY = "query Greeting { greeting }"
SUBSCRIPTION = "subscription Greetings { greetings }"


@strawberry.type
class Query:
    """The stand-in's queries."""

    @strawberry.field
    def greeting(self) -> str:
        """Answer what the test waits for."""
        return "answered by query"


@strawberry.type
class Subscription:
    """The stand-in's subscriptions."""

    @strawberry.subscription
    async def greetings(self, info: strawberry.Info) -> AsyncIterator[str]:
        """Tell which token came in connection_init."""
        yield f"subscribed as {info.context['connection_params']['authorization']}"


@dataclass
class StandIn:
    """Answers sign-in, renewal and GraphQL; `accepted` are the bearer tokens it knows, `calls` what came in."""

    accepted: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        """Compose the routes as the gateway mounts them."""
        self.explorer = explorer_asgi()
        self.graphql: GraphQL[object, object] = GraphQL(strawberry.Schema(query=Query, subscription=Subscription), graphql_ide=None)
        return Starlette(
            routes=[
                Route("/v1/auth/sign-in", self.sign_in, methods=["POST"]),
                Route("/v1/auth/refresh", self.refresh, methods=["POST"]),
                Mount(FILES_PATH, self.explorer),
                WebSocketRoute("/graphql", self.graphql),
                Route("/graphql", GraphQLOrPage(self)),
            ]
        )

    async def sign_in(self, request: Request) -> Response:
        """Accept one password; the first token is about to end."""
        self.calls.append("sign-in")
        credentials = await request.json()
        if credentials != {"workspace": "acme", "email": "ada@example.org", "password": "right"}:
            return JSONResponse({"title": "Not signed in", "detail": "E-mail or password is wrong."}, status_code=401)
        return self.tokens("access-1", refresh="refresh-1", expires_in=SHORT_SECONDS)

    async def refresh(self, request: Request) -> Response:
        """Renew once: the first refresh token is good for one use."""
        self.calls.append("refresh")
        assert await request.json() == {"refresh_token": "refresh-1"}
        return self.tokens("access-2", refresh="refresh-2", expires_in=LONG_SECONDS)

    def tokens(self, access: str, *, refresh: str, expires_in: int) -> Response:
        """Answer in the gateway's form and accept no older token from here on."""
        self.accepted = {f"Bearer {access}"}
        return JSONResponse({"access_token": access, "refresh_token": refresh, "expires_in": expires_in})


@dataclass
class GraphQLOrPage:
    """GET for browsers is the page; everything else is GraphQL for the signed-in."""

    stand_in: StandIn

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        connection = HTTPConnection(scope)
        if scope["method"] == "GET" and accepts_page(connection.headers.get("accept", "")):
            await self.stand_in.explorer(scope, receive, send)
        elif connection.headers.get("authorization") in self.stand_in.accepted:
            self.stand_in.calls.append("graphql")
            await self.stand_in.graphql(scope, receive, send)
        else:
            self.stand_in.calls.append("refused")
            await JSONResponse({"errors": [{"message": "Sign in first."}]}, status_code=401)(scope, receive, send)


@asynccontextmanager
async def serve(stand_in: StandIn) -> AsyncIterator[str]:
    """Serve the stand-in on a free loopback port; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(stand_in.app(), log_level="error", lifespan="off", timeout_graceful_shutdown=1))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve(sockets=[listener]))
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            server.should_exit = True


async def sign_in(page: Page, *, password: str) -> None:
    """Fill in the bar as a person would and submit it."""
    for name, value in {"workspace": "acme", "email": "ada@example.org", "password": password}.items():
        await page.evaluate(f"document.querySelector('.sign-in [name={name}]').value = {json.dumps(value)}")
    await page.evaluate("document.querySelector('form.sign-in').requestSubmit()")


async def execute(page: Page, query: str) -> None:
    """Write a named operation into the editor and, once the tab took its name, press the play button."""
    operation = "__MONACO.editor.getModels().find(model => model.uri.path.endsWith('operation.graphql'))"
    await page.evaluate(f"{operation}.setValue({json.dumps(query)})")
    name = query.split()[1]
    await page.until(f"document.querySelector('.graphiql-tab-button').innerText === {json.dumps(name)}")
    await page.evaluate("document.querySelector('.graphiql-execute-button').click()")


def answer_shows(text: str) -> str:
    """Return the JavaScript that says whether the response editor holds `text`."""
    model = "__MONACO.editor.getModels().find(model => model.uri.path.endsWith('response.json'))"
    return f"{model}?.getValue().includes({json.dumps(text)})"


@pytest.mark.timeout(6 * DEADLINE_SECONDS)
async def test_explorer_works_and_asks_no_other_host(tmp_path: Path) -> None:
    assert CHROMIUM is not None
    stand_in = StandIn()
    async with serve(stand_in) as address, open_page(CHROMIUM, folder=tmp_path) as page:
        await page.goto(f"{address}/graphql")
        await page.until("document.querySelector('.graphiql-query-editor')?.innerText.includes('ContactsWithTimeline')")
        await sign_in(page, password="wrong")
        await page.until("document.querySelector('.sign-in [role=alert]').innerText === 'E-mail or password is wrong.'")
        assert stand_in.calls == ["sign-in"], "the schema is not asked for before sign-in"
        await sign_in(page, password="right")
        await page.until("document.querySelector('.sign-in .who')?.innerText === 'ada@example.org in acme'")
        await page.evaluate("document.querySelector('[aria-label*=Documentation]').click()")
        await page.until("document.querySelector('.graphiql-doc-explorer')?.innerText.includes('query: Query')")
        await execute(page, QUERY)
        await page.until(answer_shows("answered by query"))
        await execute(page, SUBSCRIPTION)
        await page.until(answer_shows("subscribed as Bearer access-2"))
        await page.reload()
        await page.until("document.querySelector('.sign-in .who') && document.querySelector('.graphiql-execute-button')")
        await page.until("document.querySelector('.graphiql-query-editor').innerText.includes('Greetings')")
        assert "access-2" in str(await page.evaluate("JSON.stringify(sessionStorage)"))
        assert "access-" not in str(await page.evaluate("JSON.stringify(localStorage)")), "tokens outlive no tab"
        await page.evaluate("document.querySelector('.sign-in button').click()")
        await page.until("document.querySelector('form.sign-in')")
        assert await page.evaluate("sessionStorage.length") == 0
    assert stand_in.calls.count("sign-in") == 2, "one wrong, one right"
    assert stand_in.calls.count("refresh") == 1
    hosts = {urlsplit(url).netloc for url in page.requests if urlsplit(url).scheme in {"http", "https", "ws", "wss"}}
    assert hosts == {urlsplit(address).netloc}
    assert {urlsplit(url).path for url in page.requests} >= {f"{FILES_PATH}{label}.worker.js" for label in ("editor", "graphql", "json")}
    assert [complaint.partition(" http")[2] for complaint in page.complaints] == [f"{address[4:]}/v1/auth/sign-in"], "the wrong password"
    assert "refused" not in stand_in.calls


# Each begins one kind of load from the address in `url`; the policy is to name the directive that refused it.
LOADS = {
    "connect-src": "fetch(url).catch(() => null)",
    "img-src": "new Image().src = url",
    "script-src-elem": "document.head.append(Object.assign(document.createElement('script'), { src: url }))",
    "style-src-elem": "document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: url }))",
    "font-src": "new FontFace('other', `url(${url})`).load().catch(() => null)",
    "frame-src": "document.body.append(Object.assign(document.createElement('iframe'), { src: url }))",
    "media-src": "new Audio(url)",
}


@pytest.mark.timeout(3 * DEADLINE_SECONDS)
async def test_policy_refuses_every_load_from_another_host(tmp_path: Path) -> None:
    assert CHROMIUM is not None
    async with serve(StandIn()) as address, other_host() as other, open_page(CHROMIUM, folder=tmp_path) as page:
        await page.goto(f"{address}/graphql")
        await page.until("document.querySelector('form.sign-in')")
        refused = {directive: await page.evaluate(refusal_of(load, url=f"{other.address}/x")) for directive, load in LOADS.items()}
    assert refused == {directive: directive for directive in LOADS}
    assert bytes(other.heard) == b""


@dataclass
class OtherHost:
    """Another origin: its address and every byte that was sent to it."""

    address: str
    heard: bytearray


@asynccontextmanager
async def other_host() -> AsyncIterator[OtherHost]:
    """Listen where nothing may be asked for; Chromium may open a silent connection ahead of a frame, so bytes count, not connections."""
    heard = bytearray()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            heard.extend(await reader.read())
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as server:
        yield OtherHost(address=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard=heard)


def refusal_of(load: str, *, url: str) -> str:
    """Return the JavaScript that begins a load and tells which directive of the policy refused it."""
    report = "addEventListener('securitypolicyviolation', event => done(event.effectiveDirective), { once: true })"
    return f"new Promise(done => {{ const url = {json.dumps(url)}; {report}; {load}; }})"
