"""Answers of the simulated platforms, sound and broken. Called by telegram, inlet and the stage."""

import asyncio
from collections.abc import Callable

import orjson
from aiohttp import web

from rapport.simulation.faults import Fault


def answer(status: int, body: object, **headers: str) -> web.Response:
    """A JSON answer; header names with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json", headers=named)


async def misbehave(
    fault: Fault, *, request: web.Request, sound: Callable[[], web.Response], broken: web.Response | None = None
) -> web.StreamResponse:
    """Answer as the fault says; `sound` does what was asked and answers, and is called only where the fault takes the call.

    `broken` is how the platform says that it is in trouble.
    """
    broken = broken or answer(502, {"ok": False, "error_code": 502, "description": "Bad Gateway"})
    if not fault.takes_the_call:
        if fault.kind == "reset_before":
            return _reset(request)
        return broken
    taken = sound()
    if fault.kind == "reset_after_write":
        return _reset(request)
    if fault.kind == "stall":
        await asyncio.sleep(fault.seconds)
        return taken
    if fault.kind == "truncated":
        whole = taken.body if isinstance(taken.body, bytes) else b""
        return web.Response(status=taken.status, body=whole[: len(whole) // 2], content_type=taken.content_type)
    return broken


def _reset(request: web.Request) -> web.Response:
    """Drop the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)


async def parameters_of(request: web.Request) -> dict[str, object]:
    """The parameters of a call, from JSON or a form. Anything else is no parameter at all."""
    if request.content_type == "application/json":
        try:
            read = orjson.loads(await request.read())
        except orjson.JSONDecodeError:
            return {}
        return read if isinstance(read, dict) else {}
    form = await request.post()
    return {name: _read(value) for name, value in form.items()}


def _read(value: object) -> object:
    """A part of a form: objects travel as JSON, files stay files."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value
