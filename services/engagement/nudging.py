"""How the webhooks' door, in another process, tells this service what has come: `Nudges` there, `Nudged` here.

A nudge only saves time: what was never told of, the inbound worker's sweep finds. Carries ids of channels, nothing of a delivery.
"""

import asyncio
import hmac
from collections.abc import Callable
from uuid import UUID

import msgspec
import structlog

from services.contracts.ids import ChannelId
from services.kit.access import bearer_token
from services.kit.errors import UnauthenticatedError
from services.kit.http import BareBody, BareRequest, Endpoint
from services.kit.port import Port, PortUnavailableError

PATH = "/internal/journal/arrivals"
PURPOSE = "journal-nudges"
TIMEOUT_SECONDS = 2.0
AGAIN_SECONDS = 0.5
# While deliveries queue up, the service is told this often that they do, and believes it a little longer.
TELL_PRESSURE_SECONDS = 0.25
PRESSURE_LASTS_SECONDS = 0.8

log = structlog.get_logger()


class Arrivals(BareBody):
    """Which channels have something to read, and whether deliveries queue up at the door."""

    channels: list[UUID]
    pressed: bool = False


class Nudges:
    """The door's side: tells in one call of all that came while the last one was under way."""

    def __init__(self, engagement: Port, *, key: bytes, pressed: Callable[[], bool]) -> None:
        self._engagement = engagement
        self._headers = [("content-type", "application/json"), ("authorization", f"Bearer {key.hex()}")]
        self._pressed = pressed
        self._channels: set[ChannelId] = set()
        self._arrived = asyncio.Event()

    def wake(self, channel: ChannelId) -> None:
        """Say that a channel has something to read; cheap."""
        self._channels.add(channel)
        self._arrived.set()

    async def run(self) -> None:
        """Tell until cancelled. What could not be told is left to the sweep."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            channels, self._channels = self._channels, set()
            pressed = self._pressed()
            try:
                body = msgspec.json.encode(Arrivals(channels=list(channels), pressed=pressed))
                await self._engagement.call("POST", PATH, body=body, headers=self._headers, timeout_seconds=TIMEOUT_SECONDS)
            except PortUnavailableError as error:
                log.info("arrivals_not_told", reason=str(error))
                await asyncio.sleep(AGAIN_SECONDS)
            if pressed:
                await asyncio.sleep(TELL_PRESSURE_SECONDS)


class Nudged:
    """The service's side. `key` proves that it is the door that tells; `pressed` is what this process sees itself."""

    def __init__(self, *, key: bytes, pressed: Callable[[], bool]) -> None:
        self._token = key.hex()
        self._own = pressed
        self._until = 0.0

    def is_pressed(self) -> bool:
        """Whether deliveries queue up here or at the door, so that other work should step back."""
        return self._own() or asyncio.get_running_loop().time() < self._until

    def listens(self, wake: Callable[[ChannelId], None]) -> Endpoint:
        """The route for arrivals."""

        async def hear(bare: BareRequest) -> bytes:
            if not hmac.compare_digest(bearer_token(bare.scope).encode(), self._token.encode()):
                raise UnauthenticatedError
            told = await bare.json(Arrivals)
            if told.pressed:
                self._until = asyncio.get_running_loop().time() + PRESSURE_LASTS_SECONDS
            for channel in told.channels:
                wake(ChannelId(channel))
            return b"{}"

        return hear
