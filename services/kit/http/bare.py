"""Hot routes without a framework: an exact-path router over plain ASGI, measured at a third of FastAPI's cost.

Called by compositions: batch routes, webhooks, health. What it does not know goes to `otherwise` (the FastAPI app).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from services.kit.access import VERIFIER, TokenVerifier
from services.kit.errors import MethodNotAllowedError, NotFoundError
from services.kit.hosting import ASGIApp, Receive, Scope, Send
from services.kit.http.documents import decode
from services.kit.http.edge import ROUTE, Answering, Edge
from services.kit.http.exchange import (
    BODY_CAP_BYTES,
    BODY_TIMEOUT_SECONDS,
    find_header,
    read_body,
    respond,
    respond_stream,
    stream_body,
)
from services.kit.http.guard import check_content_type, check_target
from services.kit.port import Answer, Streamed
from services.kit.telemetry import Metrics

_OK = 200
T = TypeVar("T")


class BareRequest:
    """One request to a bare route. `tail` is what follows the path of a prefix route, else empty."""

    __slots__ = ("_receive", "scope", "tail")

    def __init__(self, scope: Scope, receive: Receive, tail: str = "") -> None:
        self.scope = scope
        self.tail = tail
        self._receive = receive

    def header(self, name: bytes) -> bytes | None:
        """The first value of a header; `name` in lower case."""
        return find_header(self.scope, name)

    @property
    def headers(self) -> Mapping[str, str]:
        """All headers, names in lower case; of repeated ones the last."""
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in self.scope["headers"]}

    def body(self, *, cap_bytes: int = BODY_CAP_BYTES, timeout_seconds: float = BODY_TIMEOUT_SECONDS) -> Awaitable[bytes]:
        """The raw body; may be asked for once. Raises as read_body."""
        return read_body(self._receive, self.scope, cap_bytes=cap_bytes, timeout_seconds=timeout_seconds)

    def chunks(self, *, cap_bytes: int, timeout_seconds: float) -> AsyncIterator[bytes]:
        """The raw body in pieces; may be asked for once. Raises as stream_body."""
        return stream_body(self._receive, self.scope, cap_bytes=cap_bytes, timeout_seconds=timeout_seconds)

    async def json(self, shape: type[T], *, cap_bytes: int = BODY_CAP_BYTES) -> T:
        """The body as a `shape`; raises BadRequestError, MalformedError, UnsupportedMediaTypeError."""
        check_content_type(self.scope)
        return decode(await self.body(cap_bytes=cap_bytes), shape)


Endpoint = Callable[[BareRequest], Awaitable[bytes | Answer | Streamed]]


class Routes:
    """Exact paths by (method, path), then prefixes, then `otherwise`. Bytes are answered as JSON with status 200.

    `prefixes` are {(method, "/webhooks/"): endpoint}; the rest of the path is the request's `tail`. `verifier` is what
    `access.authenticate` asks.
    """

    def __init__(
        self,
        exact: Mapping[tuple[str, str], Endpoint],
        *,
        prefixes: Mapping[tuple[str, str], Endpoint] | None = None,
        otherwise: ASGIApp | None = None,
        verifier: TokenVerifier | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._exact = dict(exact)
        self._prefixes = [(method, path, path + "*", endpoint) for (method, path), endpoint in (prefixes or {}).items()]
        self._otherwise = otherwise
        self._verifier = verifier
        self._edge = Edge(self._route, metrics=metrics)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection. A coroutine function, or servers take the app for one of ASGI's second version."""
        await self._edge(scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._find(scope) if scope["type"] == "http" else None
        if found is not None:
            endpoint, template, tail = found
            scope[ROUTE] = template
            scope[VERIFIER] = self._verifier
            check_target(scope)
            await _answer(send, await endpoint(BareRequest(scope, receive, tail)))
        elif self._otherwise is not None:
            await self._otherwise(scope, receive, send)
        elif scope["type"] == "http":
            raise self._absence(scope["path"])

    def _find(self, scope: Scope) -> tuple[Endpoint, str, str] | None:
        method, path = scope["method"], scope["path"]
        endpoint = self._exact.get((method, path))
        if endpoint is not None:
            return endpoint, path, ""
        for its_method, prefix, template, its_endpoint in self._prefixes:
            if its_method == method and path.startswith(prefix):
                return its_endpoint, template, path[len(prefix) :]
        return None

    def _absence(self, path: str) -> NotFoundError | MethodNotAllowedError:
        allow: Sequence[str] = sorted(
            {method for method, its_path in self._exact if its_path == path}
            | {method for method, prefix, *_ in self._prefixes if path.startswith(prefix)}
        )
        return MethodNotAllowedError(allow=allow) if allow else NotFoundError("There is nothing at this path.")


async def _answer(send: Send, answer: bytes | Answer | Streamed) -> None:
    if isinstance(answer, bytes):
        if not (isinstance(send, Answering) and send.answers_at_once(answer)):
            await respond(send, status=_OK, body=answer)
        return
    if isinstance(answer, Streamed):
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
        await respond_stream(send, status=answer.status, headers=headers, chunks=answer.chunks)
        return
    named = {name.lower(): value for name, value in answer.headers.items()}
    content_type = named.pop("content-type", "application/json")
    rest = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]
    await respond(send, status=answer.status, body=answer.body, content_type=content_type, headers=rest)
