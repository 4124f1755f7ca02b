"""REST, webhooks and web chat, handed on to the owning service through the port as they are. Mounted beneath /v1/, /webhooks/ and more.

Never parses a body. Hop-by-hop headers stay here, the request's id and trace go along, an API key is exchanged for a token.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import structlog

from gateway.access.callers import API_KEY_PREFIX, Callers, credential_of
from gateway.clients import Ports
from gateway.errors import GatewayError, ServiceUnavailableError
from services.kit.errors import BadRequestError, NotFoundError, ProblemError, UnauthenticatedError, UnavailableError
from services.kit.hosting import Receive, Scope, Send
from services.kit.http import read_body, respond
from services.kit.http.edge import REQUEST_ID, ROUTE
from services.kit.http.exchange import respond_stream, stream_body
from services.kit.http.guard import check_target
from services.kit.port import Answer, Port, PortUnavailableError, Streams
from services.kit.telemetry import traceparent

TIMEOUT_SECONDS = 15.0
VISITORS_PATH = "/webchat/"
BODY_CAP_BYTES = 1 << 20
FILE_CAP_BYTES = 25 << 20
FILE_TIMEOUT_SECONDS = 120.0
FLOWING = re.compile(r"/media/[^/]+|/v1/media|/v1/imports|/v1/imports/[^/]+/report|/v1/exports|/v1/person-exports/files/[^/]+")
# Whole lists of people pass for longer, and are larger.
LISTS = re.compile(r"/v1/(?:imports|exports|person-exports)(?:/.*)?")
LIST_CAP_BYTES = 256 << 20
LIST_TIMEOUT_SECONDS = 900.0
# RFC 9110, section 7.6.1; the body's length and the host are written anew by whoever sends.
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "host",
        "content-length",
        "expect",
    }
)
_WRITTEN_ANEW = frozenset({"x-request-id", "traceparent", "tracestate", "x-forwarded-for", "x-forwarded-proto"})
_STRAY = re.compile(rb"//|\\|/\.{1,2}(?:/|$)|%(?:2e|2f|5c|00)", re.IGNORECASE)

log = structlog.get_logger()


class PartAwayError(UnavailableError):
    """The owning service does not answer."""

    code = "service_unavailable"
    title = "A part of the product does not answer"

    def headers(self) -> Mapping[str, str]:
        """When to try again."""
        return {"Retry-After": "1"}


class Route(NamedTuple):
    """Paths and the service that owns them; `template` names them in figures."""

    pattern: re.Pattern[str]
    service: str
    template: str


def _route(pattern: str, service: str, template: str) -> Route:
    return Route(re.compile(pattern), service, template)


# The first parts of paths beneath /v1/ that engagement owns.
OF_ENGAGEMENT = (
    "approvals",
    "authorizations",
    "canned-replies",
    "channels",
    "connectors",
    "conversations",
    "drafts",
    "inbox",
    "interactions",
    "labels",
    "blocked-profiles",
    "jobs",
    "journal",
    "ledger",
    "media",
    "notification-settings",
    "notifications",
    "projections",
    "promises",
    "ratings",
    "registrations",
    "replies",
    "saved-filters",
    "search",
    "translations",
    "walls",
)
# Likewise, those that identity owns.
OF_IDENTITY = (
    "api-keys",
    "audit-log",
    "auth",
    "companies",
    "consent-settings",
    "contact-attributes",
    "contact-counts",
    "contact-labels",
    "contacts",
    "erasures",
    "exports",
    "retention",
    "imports",
    "invitations",
    "leads",
    "me",
    "members",
    "merges",
    "person-exports",
    "profiles",
    "suggestions",
    "teams",
    "webhook-endpoints",
    "workspace",
)
ROUTES = (
    _route(r"/webhooks/.+", "engagement", "/webhooks/*"),
    _route(r"/oauth/[^/]+", "engagement", "/oauth/*"),
    _route(r"/rate/[^/]+", "engagement", "/rate/*"),
    _route(r"/preferences/[^/]+", "identity", "/preferences/*"),
    _route(rf"{VISITORS_PATH}.+", "visitors", f"{VISITORS_PATH}*"),
    _route(r"/media/[^/]+", "engagement", "/media/*"),
    _route(r"/\.well-known/jwks\.json", "identity", "/.well-known/jwks.json"),
    *(_route(rf"/v1/{name}/dead-letters(?:/.*)?", name, f"/v1/{name}/dead-letters/*") for name in ("identity", "engagement", "routing")),
    _route(r"/v1/contacts/[^/]+/timeline", "engagement", "/v1/contacts/*/timeline"),
    _route(r"/v1/contacts/[^/]+/export/history", "engagement", "/v1/contacts/*/export/history"),
    _route(r"/v1/contacts/[^/]+/export/work", "routing", "/v1/contacts/*/export/work"),
    _route(r"/v1/retention/preview/history", "engagement", "/v1/retention/preview/history"),
    _route(r"/v1/contacts/[^/]+/journey", "routing", "/v1/contacts/*/journey"),
    _route(r"/v1/conversations/[^/]+/resolutions", "routing", "/v1/conversations/*/resolutions"),
    _route(r"/v1/retention/preview/work", "routing", "/v1/retention/preview/work"),
    _route(rf"/v1/(?:{'|'.join(OF_IDENTITY)})(?:/.*)?", "identity", "/v1/* identity"),
    _route(rf"/v1/(?:{'|'.join(OF_ENGAGEMENT)})(?:/.*)?", "engagement", "/v1/* engagement"),
    _route(r"/v1/(?:tasks|playbook|triage|service-levels|journey|assignment-settings|agents|rules)(?:/.*)?", "routing", "/v1/* routing"),
)
DESCRIPTIONS = {f"/openapi/{name}.json": name for name in ("identity", "engagement", "routing")}


class Proxy:
    """See the module."""

    def __init__(self, ports: Ports, *, callers: Callers) -> None:
        self._ports: Mapping[str, Port] = {
            "identity": ports.identity,
            "engagement": ports.engagement,
            "routing": ports.routing,
            "visitors": ports.visitors or ports.engagement,
        }
        self._callers = callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand one request on. Raises ProblemError: 4xx for what cannot be handed on, 503 where the service is away."""
        check_target(scope)
        raw_path = scope.get("raw_path") or scope["path"].encode()
        if _STRAY.search(raw_path):
            raise BadRequestError("The path has empty or relative segments.")
        service, path = _owner(scope, raw_path.decode("latin-1"))
        if FLOWING.fullmatch(scope["path"]):
            await self._flow(service, path, scope, receive, send)
            return
        body = await read_body(receive, scope, cap_bytes=BODY_CAP_BYTES)
        query = scope["query_string"].decode("latin-1")
        answer = await self._call(
            service, scope["method"], f"{path}?{query}" if query else path, body=body, headers=await self._headers(scope)
        )
        await respond(
            send,
            status=answer.status,
            body=answer.body,
            content_type=answer.headers.get("content-type", "application/json"),
            headers=_answer_headers(answer),
        )

    async def _flow(self, service: str, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Files pass piece by piece, and are held by nobody."""
        port = self._ports[service]
        if not isinstance(port, Streams):
            raise PartAwayError
        query = scope["query_string"].decode("latin-1")
        of_people = LISTS.fullmatch(scope["path"]) is not None
        timeout_seconds = LIST_TIMEOUT_SECONDS if of_people else FILE_TIMEOUT_SECONDS
        cap_bytes = LIST_CAP_BYTES if of_people else FILE_CAP_BYTES
        body = stream_body(receive, scope, cap_bytes=cap_bytes, timeout_seconds=timeout_seconds)
        try:
            async with port.stream(
                scope["method"],
                f"{path}?{query}" if query else path,
                body=body,
                headers=await self._headers(scope),
                timeout_seconds=timeout_seconds,
            ) as answer:
                own = {"x-request-id", "date", "server"}
                kept = [*_end_to_end(answer.headers.items()), *(each for each in answer.headers.items() if each[0] == "content-length")]
                headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in kept if name not in own]
                await respond_stream(send, status=answer.status, headers=headers, chunks=answer.chunks)
        except PortUnavailableError as error:
            log.warning("service_away", service=service, reason=str(error))
            raise PartAwayError from error

    async def _call(self, service: str, method: str, path: str, *, body: bytes, headers: Sequence[tuple[str, str]]) -> Answer:
        try:
            return await self._ports[service].call(method, path, body=body, headers=headers, timeout_seconds=TIMEOUT_SECONDS)
        except PortUnavailableError as error:
            log.warning("service_away", service=service, reason=str(error))
            raise PartAwayError from error

    async def _headers(self, scope: Scope) -> list[tuple[str, str]]:
        given = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        sent = [(name, value) for name, value in _end_to_end(given) if name not in _WRITTEN_ANEW]
        request_id = scope.get(REQUEST_ID, "")
        sent = [(name, await self._exchanged(value, request_id) if name == "authorization" else value) for name, value in sent]
        sent += [("x-request-id", request_id), ("x-forwarded-proto", scope.get("scheme", "http"))]
        sent.append(("x-forwarded-for", _client(scope, given)))
        trace = traceparent()
        return [*sent, ("traceparent", trace)] if trace else sent

    async def _exchanged(self, authorization: str, request_id: str) -> str:
        """The header to send on: as it is, unless it carries an API key."""
        if f" {API_KEY_PREFIX}" not in authorization:
            return authorization
        try:
            credential = credential_of([authorization.encode("latin-1")])
            token = await self._callers.access_token(credential or "", request_id=request_id)
        except GatewayError as error:
            raise _problem(error) from error
        return f"Bearer {token}"


def _owner(scope: Scope, raw_path: str) -> tuple[str, str]:
    """The owning service and the path to ask it for."""
    for route in ROUTES:
        if route.pattern.fullmatch(scope["path"]):
            scope[ROUTE] = route.template
            return route.service, raw_path
    described = DESCRIPTIONS.get(scope["path"])
    if described is None:
        raise NotFoundError("There is nothing at this path.")
    scope[ROUTE] = "/openapi/*"
    return described, "/openapi.json"


def _end_to_end(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers that are meant for whoever is at the end; those that `Connection` names are not."""
    listed = list(headers)
    named = {each.strip().lower() for name, value in listed if name == "connection" for each in value.split(",")} | HOP_BY_HOP
    return [(name, value) for name, value in listed if name not in named]


def _answer_headers(answer: Answer) -> list[tuple[bytes, bytes]]:
    own = {"content-type", "x-request-id", "date", "server"}
    kept = ((name, value) for name, value in _end_to_end(answer.headers.items()) if name not in own)
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in kept]


def _client(scope: Scope, headers: Iterable[tuple[str, str]]) -> str:
    """Who sent it: what stood in X-Forwarded-For, and the peer behind it."""
    earlier = [value for name, value in headers if name == "x-forwarded-for"]
    peer = scope.get("client")
    return ", ".join([*earlier, peer[0] if peer else "unknown"])


def _problem(error: GatewayError) -> ProblemError:
    if isinstance(error, ServiceUnavailableError):
        return PartAwayError(error.message)
    return UnauthenticatedError(error.message)
