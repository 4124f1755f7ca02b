"""The outermost layer of every service: request id, span, log context, figures, and the end of every exception.

Wrapped around each app by `create_api` and `Routes` (twice does no harm: the outer one acts). An exception that nobody
foresaw is logged here once, by its types and places, and answered with a problem that names the request.
"""

import random
import re
import time
from collections.abc import Callable

import structlog
from opentelemetry.trace import Span, SpanKind

from services.kit.errors import PROBLEM_TYPE, ProblemError, problem_body
from services.kit.hosting import ASGIApp, Message, Receive, Scope, Send
from services.kit.http.exchange import WHOLE, ClientGoneError, find_header, respond, respond_problem
from services.kit.telemetry import Metrics, bind, error_places, error_types, span_from, unbind

REQUEST_ID = "rapport.request_id"
ROUTE = "rapport.route"
_FIT_ID = re.compile(rb"[A-Za-z0-9_.-]{1,64}")
_OK = 200
_SERVER_ERROR = 500
_CLIENT_GONE = 499

_HEAD_OF_JSON = b"content-type: application/json\r\ncontent-length: %d\r\nx-request-id: %b\r\n"

Whole = Callable[[bytes, bytes], bool]
log = structlog.get_logger()


class Edge:
    """Pure ASGI middleware; see the module. Without `metrics` nothing is counted."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics | None = None) -> None:
        self._app = app
        self._metrics = metrics
        self._service = {} if metrics is None else {"service": metrics.service}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request to its end; never raises an Exception."""
        if scope["type"] != "http" or REQUEST_ID in scope:
            await self._app(scope, receive, send)
            return
        request_id = scope[REQUEST_ID] = _request_id(scope)
        answer = Answering(send, request_id, whole=scope.get(WHOLE))
        began = time.perf_counter()
        bound = bind(request_id=request_id, **self._service)
        try:
            with span_from(_traceparent(scope), scope["method"], kind=SpanKind.SERVER) as span:
                try:
                    await self._app(scope, receive, answer)
                except Exception as error:  # noqa: BLE001 - the edge: logged once, answered once
                    await _tell(answer, scope, error)
                if span.is_recording():
                    _describe(span, scope, status=answer.status)
        finally:
            unbind(bound)
            self._count(scope, status=answer.status, seconds=time.perf_counter() - began)

    def _count(self, scope: Scope, *, status: int, seconds: float) -> None:
        if self._metrics is not None:
            route = route_template(scope)
            self._metrics.observe_request(route=route, method=scope["method"], status=status, seconds=seconds)


def route_template(scope: Scope) -> str:
    """The route that served a request, with its parameters' names; "unmatched" where none did. Never the raw path."""
    template = scope.get(ROUTE)
    if template is None:
        included = scope.get("fastapi", {}).get("effective_route_context")
        template = getattr(included or scope.get("route"), "path_format", None)
    return template or "unmatched"


def unforeseen_problem(scope: Scope) -> bytes:
    """What the caller is told of an exception that nobody foresaw: the request's id and nothing of the error."""
    return problem_body(
        code="internal_error",
        status=_SERVER_ERROR,
        title="Something went wrong here",
        detail="This is our fault. Quote the request id when you report it.",
        extensions={"request_id": scope[REQUEST_ID]},
    )


class Answering:
    """The server's `send`, watched: what status went out, and with the request's id."""

    __slots__ = ("_request_id", "_send", "_whole", "begun", "status")

    def __init__(self, send: Send, request_id: str, *, whole: Whole | None) -> None:
        self._send = send
        self._request_id = request_id.encode()
        self._whole = whole
        self.status = _CLIENT_GONE
        self.begun = False

    async def __call__(self, message: Message) -> None:
        """Send one message of ASGI."""
        if message["type"] == "http.response.start":
            self.begun = True
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", self._request_id)]
        await self._send(message)

    def answers_at_once(self, body: bytes) -> bool:
        """Whether JSON with status 200 could be answered here and now, without the messages: a tenth of a webhook's cost."""
        if self._whole is None or self.begun or not self._whole(_HEAD_OF_JSON % (len(body), self._request_id), body):
            return False
        self.begun, self.status = True, _OK
        return True


async def _tell(answer: Answering, scope: Scope, error: Exception) -> None:
    if isinstance(error, ProblemError):
        await _tell_foreseen(answer, error)
    elif not isinstance(error, ClientGoneError):
        await _tell_unforeseen(answer, scope, error)


async def _tell_foreseen(answer: Answering, error: ProblemError) -> None:
    if error.status >= _SERVER_ERROR:
        log.warning("request_refused", code=error.code, cause=error_types(error))
    if not answer.begun:
        await respond_problem(answer, error)


async def _tell_unforeseen(answer: Answering, scope: Scope, error: Exception) -> None:
    log.error(
        "request_failed",
        route=route_template(scope),
        method=scope["method"],
        error_type=error_types(error),
        error_places=error_places(error.__traceback__),
    )
    if not answer.begun:
        body = unforeseen_problem(scope)
        await respond(answer, status=_SERVER_ERROR, body=body, content_type=PROBLEM_TYPE)


def _request_id(scope: Scope) -> str:
    given = find_header(scope, b"x-request-id")
    return given.decode() if given and _FIT_ID.fullmatch(given) else f"{random.getrandbits(64):016x}"


def _traceparent(scope: Scope) -> str | None:
    given = find_header(scope, b"traceparent")
    return given.decode("latin-1") if given else None


def _describe(span: Span, scope: Scope, *, status: int) -> None:
    route = route_template(scope)
    span.update_name(f"{scope['method']} {route}")
    span.set_attribute("http.route", route)
    span.set_attribute("http.request.method", scope["method"])
    span.set_attribute("http.response.status_code", status)
