"""uvicorn's HTTP/1.1 with the head of an answer and the beginning of its body in one write: one system call and one packet less.

Named on uvicorn's command line by whoever starts a service (`--http`); nothing of ours calls it.
"""

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

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
