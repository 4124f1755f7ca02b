"""Speaks raw ASGI to an application, so that tests can send what no HTTP client would. Holds no tests."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from services.kit.hosting import ASGIApp, Message, Scope

DEADLINE_SECONDS = 30


@dataclass
class Told:
    """What the application answered, and how many body messages it asked for."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    reads: int = 0

    def header(self, name: bytes) -> bytes | None:
        """The first value of a header."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def problem(self) -> dict[str, object]:
        """The problem, with proof that it is one."""
        assert self.header(b"content-type") == b"application/problem+json"
        problem = orjson.loads(self.body)
        assert problem["status"] == self.status
        assert problem.keys() >= {"type", "title", "status", "detail", "code"}
        return dict(problem)


async def ask(
    app: ASGIApp,
    method: str,
    path: str,
    *,
    chunks: Sequence[bytes] = (b"",),
    headers: Sequence[tuple[bytes, bytes]] = ((b"content-type", b"application/json"),),
    query: bytes = b"",
    raw_path: bytes | None = None,
    stall: bool = False,
    leave: bool = False,
    server: tuple[str, int | None] = ("127.0.0.1", 2),
) -> Told:
    """Send one request in `chunks`; afterwards the client is silent (`stall`), gone (`leave`) or done. A unix `server` has no port."""
    told = Told()
    scope = _scope(method, path, headers=headers, query=query, raw_path=raw_path)
    scope["server"] = server

    async def receive() -> Message:
        told.reads += 1
        if told.reads <= len(chunks):
            last = told.reads == len(chunks) and not (stall or leave)
            return {"type": "http.request", "body": chunks[told.reads - 1], "more_body": not last}
        if leave:
            return {"type": "http.disconnect"}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            assert told.status == 0, "answered twice"
            told.status = message["status"]
            told.headers = [(key.lower(), value) for key, value in message["headers"]]
        else:
            told.body += message.get("body", b"")

    async with asyncio.timeout(DEADLINE_SECONDS):
        await app(scope, receive, send)
    return told


def _scope(method: str, path: str, *, headers: Sequence[tuple[bytes, bytes]], query: bytes, raw_path: bytes | None) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": raw_path if raw_path is not None else path.encode("utf-8", "surrogatepass"),
        "query_string": query,
        "root_path": "",
        "headers": list(headers),
        "client": ("127.0.0.1", 1),
    }
