"""The way out for connectors: the kit's guarded client, speaking the protocol's errors. Made by `main`, given to the sender."""

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from services.engagement.protocol import AnswerTooLargeError, InDoubtError, NetAnswer, NotSentError, RejectedError, WebSocket
from services.kit import net


class PlatformNet:
    """protocol.Net over kit.net.Net."""

    def __init__(self, client: net.Net) -> None:
        self._client = client

    async def request(  # noqa: PLR0913 - the parts of a request, all by name
        self,
        method: str,
        url: str,
        *,
        json: object = None,
        data: bytes | Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 10,
        max_bytes: int = 1_048_576,
    ) -> NetAnswer:
        """See protocol.Net."""
        try:
            answer = await self._client.request(
                method, url, json=json, data=data, headers=headers, timeout_seconds=timeout_seconds, max_bytes=max_bytes
            )
        except net.ForbiddenAddressError as error:
            raise RejectedError("the address is not one that may be called") from error
        except net.NotSentError as error:
            raise NotSentError(str(error)) from error
        except net.AnswerTooLargeError as error:
            raise AnswerTooLargeError(str(error)) from error
        except net.InDoubtError as error:
            raise InDoubtError(str(error)) from error
        return NetAnswer(status=answer.status, headers=answer.headers, body=answer.body)

    async def connect(self, host: str, port: int, *, timeout_seconds: float = 10) -> socket.socket:
        """See protocol.Net."""
        try:
            return await self._client.connect(host, port, timeout_seconds=timeout_seconds)
        except net.ForbiddenAddressError as error:
            raise RejectedError("the address is not one that may be called") from error
        except net.NotSentError as error:
            raise NotSentError(str(error)) from error

    @asynccontextmanager
    async def websocket(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        subprotocol: str | None = None,
        timeout_seconds: float = 10,
        max_bytes: int = 1_048_576,
    ) -> AsyncIterator[WebSocket]:
        """See protocol.Net."""
        try:
            async with self._client.websocket(
                url, headers=headers, subprotocol=subprotocol, timeout_seconds=timeout_seconds, max_bytes=max_bytes
            ) as opened:
                yield _PlatformSocket(opened)
        except net.ForbiddenAddressError as error:
            raise RejectedError("the address is not one that may be called") from error
        except net.NotSentError as error:
            raise NotSentError(str(error)) from error


class _PlatformSocket:
    """protocol.WebSocket over kit.net.WebSocket."""

    def __init__(self, opened: net.WebSocket) -> None:
        self._opened = opened

    async def receive(self, *, timeout_seconds: float) -> str | None:
        """See protocol.WebSocket."""
        try:
            return await self._opened.receive(timeout_seconds=timeout_seconds)
        except net.NotSentError as error:
            raise NotSentError(str(error)) from error

    async def send(self, text: str) -> None:
        """See protocol.WebSocket."""
        try:
            await self._opened.send(text)
        except net.NotSentError as error:
            raise NotSentError(str(error)) from error
