"""A client of graphql-transport-ws that may stop reading, and never answers pings. Used by tests of sockets; holds no tests."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

RECEIVE_BUFFER_BYTES = 4096
STEP_SECONDS = 90.0
# RFC 6455, section 5.2.
_TEXT, _CLOSE = 0x1, 0x8
_FINAL, _MASKED = 0x80, 0x80


class RawSocket:
    """Speaks just enough of RFC 6455. What it does not read stays in a small buffer of the kernel's, then with the server."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._read = b""

    async def start(self, token: str, query: str) -> None:
        """Shake hands, initialise and begin one subscription; nothing is read afterwards."""
        await self._send(
            b"GET /graphql HTTP/1.1\r\nHost: gateway\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
        )
        while b"\r\n\r\n" not in self._read:
            await self._fill()
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        assert b" 101 " in head
        await self._message(type="connection_init", payload={"authorization": f"Bearer {token}"})
        assert (await self._frame())[0] == _TEXT
        await self._message(type="subscribe", id="1", payload={"query": query})

    async def close_code(self) -> int | None:
        """Read on to the end; gives the code with which the server closed, None where it just hung up."""
        while True:
            try:
                opcode, payload = await self._frame()
            except ConnectionError:
                return None
            if opcode == _CLOSE:
                return int.from_bytes(payload[:2], "big")

    async def _message(self, **message: Any) -> None:
        payload = json.dumps(message).encode()
        # A mask of zeros is a mask.
        await self._send(bytes((_FINAL | _TEXT, _MASKED | 126)) + len(payload).to_bytes(2, "big") + bytes(4) + payload)

    async def _frame(self) -> tuple[int, bytes]:
        first, second = await self._take(2)
        length = second & 0x7F
        if length > 125:
            length = int.from_bytes(await self._take(2 if length == 126 else 8), "big")
        return first & 0x0F, await self._take(length)

    async def _take(self, count: int) -> bytes:
        while len(self._read) < count:
            await self._fill()
        taken, self._read = self._read[:count], self._read[count:]
        return taken

    async def _fill(self) -> None:
        async with asyncio.timeout(STEP_SECONDS):
            chunk = await asyncio.get_running_loop().sock_recv(self._connection, 65_536)
        if not chunk:
            raise ConnectionResetError
        self._read += chunk

    async def _send(self, data: bytes) -> None:
        async with asyncio.timeout(STEP_SECONDS):
            await asyncio.get_running_loop().sock_sendall(self._connection, data)


@asynccontextmanager
async def raw(address: str) -> AsyncIterator[RawSocket]:
    """A connection to /graphql, until the block ends."""
    host, _, port = address.rpartition(":")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        connection.setblocking(False)
        async with asyncio.timeout(STEP_SECONDS):
            await asyncio.get_running_loop().sock_connect(connection, (host, int(port)))
        yield RawSocket(connection)
