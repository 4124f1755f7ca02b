"""uvicorn's HTTP/1.1 with the head of an answer and the beginning of its body in one write: one system call and one packet less.

Named on uvicorn's command line by whoever starts a service (`--http`). A request's scope offers `WHOLE`, which `edge` uses for short
answers; nothing else of ours calls this.
"""

import asyncio
from functools import partial
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from services.kit.hosting import ASGIApp
from services.kit.http.exchange import OK_LINE, WHOLE

_HEAD = b"HTTP/1.1 "


class OneWrite(HttpToolsProtocol):
    """As its base, over a transport that holds heads back for the rest of the event loop's turn."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its base
        """Begin to speak."""
        super().connection_made(cast("asyncio.Transport", _Joining(transport, asyncio.get_running_loop())))

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over. Frames are not answers: they go out as they are."""
        self.transport = cast("_Joining", self.transport).plain
        super().handle_websocket_upgrade()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:  # type: ignore[override] # its scopes are dictionaries
        cycle.scope[WHOLE] = partial(_write_whole, cycle)  # type: ignore[literal-required] # ours
        super()._start_asgi_task(cycle, app)  # type: ignore[arg-type] # as above


def _write_whole(cycle: RequestResponseCycle, head: bytes, body: bytes) -> bool:
    """Answer with status 200 at once: `head` is lines, each ended, one of which tells the body's length.

    False, and nothing is written, where more has to be minded: then `send` is to be used.
    """
    if (
        cycle.response_started
        or cycle.disconnected
        or not cycle.keep_alive
        or cycle.flow.write_paused
        or cycle.access_log
        or cycle.scope["method"] == "HEAD"
    ):
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    usual = b"".join([b"%b: %b\r\n" % header for header in cycle.default_headers])
    cast("_Joining", cycle.transport).write_whole(b"%b%b%b\r\n%b" % (OK_LINE, usual, head, body))
    cycle.message_event.set()
    cycle.on_response()
    return True


class _Joining:
    """A transport; everything but writing and closing is done by the `plain` one."""

    def __init__(self, plain: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.plain = plain
        self._loop = loop
        self._held = b""

    def write(self, data: bytes) -> None:
        """Write behind what is held; hold a head until its body comes, or the turn ends."""
        if self._held:
            data, self._held = self._held + data, b""
        elif data.startswith(_HEAD):
            self._held = data
            self._loop.call_soon(self._let_go)
            return
        self.plain.write(data)

    def write_whole(self, answer: bytes) -> None:
        """Write behind what is held; nothing follows."""
        if self._held:
            answer, self._held = self._held + answer, b""
        self.plain.write(answer)

    def close(self) -> None:
        """Close once everything is written."""
        self._let_go()
        self.plain.close()

    def is_closing(self) -> bool:
        """As `plain`; asked after every answer, and `__getattr__` is only found after a search."""
        return self.plain.is_closing()

    def __getattr__(self, name: str) -> object:
        return getattr(self.plain, name)

    def _let_go(self) -> None:
        if self._held:
            held, self._held = self._held, b""
            self.plain.write(held)
