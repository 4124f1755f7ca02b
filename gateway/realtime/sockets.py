"""GraphQL over WebSocket: the subprotocol graphql-transport-ws and no other. Mounted at /graphql.

One Connection per socket. It closes with the protocol's codes: 4400 nonsense, 4401 not acknowledged, 4403 refused or the token
ended, 4406 other subprotocol, 4408 no init in time, 4409 id in use, 4429 second init; 4510 (ours) events not taken.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from uuid import UUID

import orjson
import structlog
from graphql import OperationType

from gateway.access.callers import Callers
from gateway.context import Asker, Context
from gateway.errors import GatewayError, LimitExceededError
from gateway.execution import Asked, Engine, Operation, Result, broken, refused
from gateway.realtime.feed import SlowSubscriberError
from gateway.requests import asked_of
from services.kit.errors import ProblemError
from services.kit.hosting import Receive, Scope, Send
from services.kit.http import find_header, parse_json
from services.kit.telemetry import error_types

SUBPROTOCOL = "graphql-transport-ws"
INIT_TIMEOUT_SECONDS = 10.0
SEND_TIMEOUT_SECONDS = 10.0
MAX_MESSAGE_CHARS = 1 << 20
MAX_OPERATIONS = 50
MAX_ID_CHARS = 200

BAD_REQUEST = (4400, "Bad request")
UNAUTHORIZED = (4401, "Unauthorized")
FORBIDDEN = (4403, "Forbidden")
NO_SUBPROTOCOL = (4406, "Subprotocol not acceptable")
INIT_TIMEOUT = (4408, "Connection initialisation timeout")
TOO_MANY_INITS = (4429, "Too many initialisation requests")
TOO_SLOW = (4510, "Events were not taken in time")

log = structlog.get_logger()
MakeContext = Callable[[Asker], Context]


class SocketEndpoint:
    """The WebSocket half of /graphql: checks where a page comes from, then gives each socket its Connection."""

    def __init__(self, engine: Engine, *, callers: Callers, make_context: MakeContext, origins: frozenset[str]) -> None:
        self._engine = engine
        self._callers = callers
        self._make_context = make_context
        self._origins = origins
        self._open: set[Connection] = set()
        callers.when_revoked(self._close_revoked)

    @property
    def connection_count(self) -> int:
        """How many sockets are open."""
        return len(self._open)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket to its end."""
        if (await receive())["type"] != "websocket.connect":
            return
        if not self._welcome(scope):
            await send({"type": "websocket.close", "code": FORBIDDEN[0], "reason": "Origin not allowed"})
            return
        speaks = SUBPROTOCOL in scope.get("subprotocols", ())
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if speaks else None})
        connection = Connection(send, engine=self._engine, callers=self._callers, make_context=self._make_context)
        if not speaks:
            await connection.close(NO_SUBPROTOCOL)
            return
        self._open.add(connection)
        try:
            await connection.serve(receive)
        finally:
            self._open.discard(connection)

    def _welcome(self, scope: Scope) -> bool:
        """Whether the page that opens the socket is ours, or one that may speak to us. Programs send no Origin."""
        origin = (find_header(scope, b"origin") or b"").decode("latin-1").rstrip("/")
        host = (find_header(scope, b"host") or b"").decode("latin-1")
        return not origin or origin in self._origins or origin in {f"http://{host}", f"https://{host}"}

    def _close_revoked(self, credential: UUID) -> None:
        for connection in tuple(self._open):
            connection.end_if(credential)


class Connection:
    """One socket: its asker once acknowledged, and the operations under way by id."""

    def __init__(self, send: Send, *, engine: Engine, callers: Callers, make_context: MakeContext) -> None:
        self._send = send
        self._engine = engine
        self._callers = callers
        self._make_context = make_context
        self._asker: Asker | None = None
        self._initialised = False
        self._closed = False
        self._writing = asyncio.Lock()
        self._ended = asyncio.Event()
        self._end_code = FORBIDDEN
        self._message_chars = 0
        self._running: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, receive: Receive) -> None:
        """Read messages until the socket closes; nothing of it outlives this call."""
        ending = asyncio.create_task(self._wait_for_end())
        reading = asyncio.create_task(self._read(receive))
        try:
            await asyncio.wait({reading, ending}, return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                await self.close(self._end_code)
            elif (error := reading.exception()) is not None:
                log.error("socket_failed", error_type=error_types(error))
                await self.close((1011, "Internal error"))
        finally:
            tasks = [reading, ending, *self._tasks]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self, code: tuple[int, str]) -> None:
        """Close the socket, once."""
        if self._closed:
            return
        self._closed = True
        async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
            await self._send({"type": "websocket.close", "code": code[0], "reason": code[1]})

    def end_if(self, credential: UUID) -> None:
        """Close the socket soon, if it belongs to this session or API key."""
        caller = self._asker.caller if self._asker else None
        if caller is not None and credential in {caller.session_id, caller.key_id}:
            self._ended.set()

    async def _wait_for_end(self) -> None:
        """Returns when the socket must close: no init in time, the token's end, a revocation, a slow reader."""
        try:
            async with asyncio.timeout(INIT_TIMEOUT_SECONDS) as deadline:
                self._deadline = deadline
                await self._ended.wait()
        except TimeoutError:
            self._end_code = FORBIDDEN if self._asker else INIT_TIMEOUT

    def _end(self, code: tuple[int, str]) -> None:
        self._end_code = code
        self._ended.set()

    async def _read(self, receive: Receive) -> None:
        while True:
            event = await receive()
            if event["type"] != "websocket.receive":
                self._closed = True
                return
            message = _message(event.get("text"))
            self._message_chars = len(event.get("text") or "")
            handler = self._handlers().get(str(message.get("type"))) if message else None
            if message is None or handler is None:
                await self.close(BAD_REQUEST)
                return
            await handler(message)
            if self._closed:
                return

    def _handlers(self) -> dict[str, Callable[[dict[str, object]], Awaitable[None]]]:
        return {
            "connection_init": self._initialise,
            "ping": self._pong,
            "pong": self._ignore,
            "subscribe": self._subscribe,
            "complete": self._complete,
        }

    async def _initialise(self, message: dict[str, object]) -> None:
        if self._initialised:
            await self.close(TOO_MANY_INITS)
            return
        self._initialised = True
        try:
            asker = await self._callers.identify(_credential(message.get("payload")), request_id=secrets.token_hex(8))
        except GatewayError:
            await self.close(FORBIDDEN)
            return
        if asker.caller is None:
            await self.close(FORBIDDEN)
            return
        self._asker = asker
        loop = asyncio.get_running_loop()
        remaining = (asker.expires_at or 0.0) - time.time()
        self._deadline.reschedule(loop.time() + remaining)
        await self._put({"type": "connection_ack"})

    async def _pong(self, message: dict[str, object]) -> None:
        payload = {"payload": message["payload"]} if "payload" in message else {}
        await self._put({"type": "pong", **payload})

    async def _ignore(self, message: dict[str, object]) -> None:
        """A pong needs no answer."""

    async def _subscribe(self, message: dict[str, object]) -> None:
        if self._asker is None:
            await self.close(UNAUTHORIZED)
            return
        id_ = message.get("id")
        if not isinstance(id_, str) or not 0 < len(id_) <= MAX_ID_CHARS:
            await self.close(BAD_REQUEST)
            return
        if id_ in self._running:
            await self.close((4409, f"Subscriber for {id_[:50]} already exists"))
            return
        try:
            asked = asked_of(message.get("payload"), size_bytes=self._message_chars)
        except ProblemError:
            await self.close(BAD_REQUEST)
            return
        await self._start(id_, asked, self._asker)

    async def _start(self, id_: str, asked: Asked, asker: Asker) -> None:
        try:
            if len(self._running) >= MAX_OPERATIONS:
                limit = f"At most {MAX_OPERATIONS} operations run on one connection."
                raise LimitExceededError(limit, limit_code="TOO_MANY_SUBSCRIPTIONS")
            operation = self._engine.prepare(asked, signed_in=True)
        except GatewayError as error:
            await self._put({"id": id_, "type": "error", "payload": refused(error).body["errors"]})
            return
        task = asyncio.create_task(self._run(id_, operation, asker))
        self._running[id_] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _complete(self, message: dict[str, object]) -> None:
        task = self._running.pop(str(message.get("id")), None)
        if task is not None:
            task.cancel()
            await asyncio.wait({task}, timeout=SEND_TIMEOUT_SECONDS)

    async def _run(self, id_: str, operation: Operation, asker: Asker) -> None:
        try:
            await self._answer(id_, operation, self._make_context(asker))
            last: dict[str, object] = {"type": "complete"}
        except (SlowSubscriberError, TimeoutError):
            self._end(TOO_SLOW)
            return
        except GatewayError as error:
            last = {"type": "error", "payload": refused(error).body["errors"]}
        except Exception as error:  # noqa: BLE001 - the edge of the operation: logged once, told once
            last = {"type": "error", "payload": broken(error).body["errors"]}
        self._running.pop(id_, None)
        await self._put({"id": id_, **last})

    async def _answer(self, id_: str, operation: Operation, context: Context) -> None:
        if operation.kind is not OperationType.SUBSCRIPTION:
            await self._put_result(id_, await self._engine.run(operation, context))
            return
        async with aclosing(self._engine.follow(operation, context)) as results:  # type: ignore[type-var]  # it is an async generator
            async for result in results:
                await self._put_result(id_, result)

    async def _put_result(self, id_: str, result: Result) -> None:
        await self._put({"id": id_, "type": "next", "payload": result.body})

    async def _put(self, message: dict[str, object]) -> None:
        text = orjson.dumps(message).decode()
        async with self._writing, asyncio.timeout(SEND_TIMEOUT_SECONDS):
            if self._closed:
                return
            try:
                await self._send({"type": "websocket.send", "text": text})
            except RuntimeError:
                # The server closed it meanwhile: a ping was not answered. What reads from the socket is told of it, and ends all.
                self._closed = True


def _message(text: object) -> dict[str, object] | None:
    if not isinstance(text, str) or len(text) > MAX_MESSAGE_CHARS:
        return None
    try:
        document = parse_json(text.encode("utf-8", "surrogatepass"))
    except ProblemError:
        return None
    return document if isinstance(document, dict) else None


def _credential(payload: object) -> str | None:
    """The token in connection_init's payload: `Authorization: Bearer ...`, or a bare `token` or `accessToken`."""
    if not isinstance(payload, dict):
        return None
    fields = {str(name).lower(): value for name, value in payload.items()}
    for name in ("authorization", "accesstoken", "token"):
        value = fields.get(name)
        if isinstance(value, str) and value:
            scheme, _, rest = value.partition(" ")
            return rest.strip() if scheme.lower() == "bearer" else value
    return None
