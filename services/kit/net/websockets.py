"""WebSockets to the outside, for streams that platforms keep open. Called by the client, with a socket that may go where it goes.

Follows no redirect, uses no proxy, takes no message that is longer than told. Both ends are asked every 20 seconds whether they are there.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Mapping

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from services.kit.net.errors import NotSentError

PING_SECONDS = 20.0
CLOSE_SECONDS = 1.0
SEND_SECONDS = 10.0
# The library's own logger shows headers, and with them tokens, to whoever turns its level down.
_SILENT = logging.Logger("rapport.net.websockets", level=logging.CRITICAL)  # noqa: LOG001 - a registered one could be turned down, too


class WebSocket:
    """An open connection. Whoever it is silent towards for too long, or breaks, is told by NotSentError."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def receive(self, *, timeout_seconds: float) -> str | None:
        """The next message, or None where none came in that time; 0 asks for one that is there already."""
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._connection.recv(decode=True)
        except TimeoutError:
            return None
        except (ConnectionClosed, UnicodeDecodeError) as error:
            raise NotSentError("broken") from error

    async def close(self) -> None:
        """Say good-bye; who does not answer soon is left."""
        await self._connection.close()

    async def send(self, text: str) -> None:
        """Say something."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._connection.send(text)
        except (ConnectionClosed, TimeoutError) as error:
            raise NotSentError("broken") from error


async def open_websocket(
    url: str,
    *,
    made: socket.socket,
    tls: ssl.SSLContext | None,
    headers: Mapping[str, str],
    subprotocol: str | None,
    max_bytes: int,
) -> WebSocket:
    """Agree on a WebSocket over a connected socket. Raises NotSentError where the other side does not; the time is the caller's."""
    try:
        connection = await connect(
            url,
            sock=made,
            ssl=tls,
            additional_headers=dict(headers),
            user_agent_header="Rapport",
            subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
            compression=None,
            proxy=None,
            open_timeout=None,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            close_timeout=CLOSE_SECONDS,
            max_size=max_bytes,
            logger=_SILENT,
        )
    except (WebSocketException, OSError, ValueError, EOFError) as error:
        made.close()
        raise NotSentError("connect") from error
    except BaseException:
        made.close()
        raise
    return WebSocket(connection)
