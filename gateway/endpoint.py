"""GraphQL over HTTP, the way out: runs the operation and answers in the form that the client accepts.

Mounted at /graphql. application/json always answers 200 with `errors`; application/graphql-response+json says 4xx where
nothing was executed; text/event-stream gives events. Malformed requests are problem+json (kit's edge renders them).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any

from graphql import OperationType

from gateway.access.callers import Callers, credential_of
from gateway.context import Asker, Context
from gateway.errors import BAD_INPUT, GatewayError
from gateway.execution import Asked, Engine, Operation, Result, refused
from gateway.realtime.streams import send_events, until
from gateway.requests import read_request
from services.kit.hosting import Receive, Scope, Send
from services.kit.http import ClientGoneError, find_header, respond
from services.kit.http.edge import REQUEST_ID
from services.kit.telemetry import traceparent

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
EVENTS = "text/event-stream"
_HOW_TO_SUBSCRIBE = "Subscriptions run over graphql-transport-ws, or over HTTP with `Accept: text/event-stream`."


class GraphqlEndpoint:
    """The HTTP half of /graphql."""

    def __init__(self, engine: Engine, *, callers: Callers, make_context: Callable[[Asker], Context]) -> None:
        self._engine = engine
        self._callers = callers
        self._make_context = make_context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises ProblemError for what is no GraphQL request."""
        asked = await read_request(scope, receive)
        media_type = accepted(find_header(scope, b"accept"))
        if media_type == EVENTS:
            await send_events(send, receive, results=self._results(scope, asked))
            return
        try:
            asker = await self._identify(scope)
            operation = self._prepare(asked, asker, scope["method"])
            if operation.kind is OperationType.SUBSCRIPTION:
                raise _SubscriptionOverHttpError(_HOW_TO_SUBSCRIBE)
        except GatewayError as error:
            await answer(send, refused(error), media_type=media_type)
            return
        run = self._engine.run(operation, self._make_context(asker))
        result = await (run if operation.kind is OperationType.MUTATION else unless_gone(run, receive))
        await answer(send, result, media_type=media_type)

    async def _results(self, scope: Scope, asked: Asked) -> AsyncIterator[Result]:
        """Every result of an operation of any kind, until the asker's token ends. Raises GatewayError."""
        asker = await self._identify(scope)
        operation = self._prepare(asked, asker, scope["method"])
        if operation.kind is not OperationType.SUBSCRIPTION:
            yield await self._engine.run(operation, self._make_context(asker))
            return
        results = self._engine.follow(operation, self._make_context(asker))
        async for result in until(asker.expires_at, results=results):
            yield result

    async def _identify(self, scope: Scope) -> Asker:
        given = [bytes(value) for name, value in scope["headers"] if name == b"authorization"]
        return await self._callers.identify(credential_of(given), request_id=scope.get(REQUEST_ID, ""), traceparent=traceparent())

    def _prepare(self, asked: Asked, asker: Asker, method: str) -> Operation:
        operation = self._engine.prepare(asked, signed_in=asker.caller is not None)
        if method == "GET" and operation.kind is OperationType.MUTATION:
            raise _MutationOverGetError("Send mutations by POST.")
        return operation


class _SubscriptionOverHttpError(GatewayError):
    code = "SUBSCRIPTION_NEEDS_STREAM"
    status = 400


class _MutationOverGetError(GatewayError):
    code = BAD_INPUT
    status = 405


def accepted(accept: bytes | None) -> str:
    """The form to answer in: of those that are accepted, the one the client likes best; JSON where it says nothing."""
    liked: list[tuple[float, str]] = []
    for part in (accept or b"").decode("latin-1").lower().split(","):
        media_type, *parameters = (each.strip() for each in part.split(";"))
        if media_type in {JSON, GRAPHQL_JSON, EVENTS}:
            liked.append((_weight(parameters), media_type))
    return max(liked, key=lambda each: each[0])[1] if liked else JSON


def _weight(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


async def answer(send: Send, result: Result, *, media_type: str) -> None:
    """Send a result in the form accepted."""
    told = media_type == GRAPHQL_JSON and not result.executed
    status = result.status if told or result.status == 405 else 200
    headers = [(b"allow", b"POST")] if status == 405 else []
    await respond(send, status=status, body=result.encoded(), content_type=f"{media_type}; charset=utf-8", headers=headers)


async def unless_gone(run: Coroutine[Any, Any, Result], receive: Receive) -> Result:
    """The result, unless the client leaves first: then the work is cancelled. Raises ClientGoneError."""
    working = asyncio.create_task(run)
    leaving = asyncio.create_task(_left(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGoneError
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
