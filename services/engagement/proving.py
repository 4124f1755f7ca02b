"""Public keys that prove deliveries, where a platform signs with keys that change (OIDC). Called by the webhook route, in each process.

Kept in memory and asked for when a delivery names one that is not here, but not at every such delivery: anybody can invent names of keys.
"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from services.contracts.ids import ChannelId
from services.engagement.protocol import FetchedKeys, Net, Secrets, SendError
from services.engagement.registry import ConnectedChannel
from services.kit.clock import Clock

AGAIN_AFTER = timedelta(seconds=30)
ASKING_SECONDS = 8.0

log = structlog.get_logger()


@dataclass(slots=True)
class _Kept:
    """The keys of one channel, and when they were last asked for."""

    fetched: FetchedKeys | None = None
    asked_at: datetime | None = None
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class PublicKeys:
    """What channels whose connector fetches keys are proven by. `net` is the way out."""

    def __init__(self, net: Net, *, clock: Clock) -> None:
        self._net = net
        self._clock = clock
        self._kept: dict[ChannelId, _Kept] = {}

    def secrets_of(self, channel: ConnectedChannel) -> Secrets:
        """The channel's secrets, with the keys that are in force."""
        if channel.fetches_keys is None:
            return channel.secrets
        kept = self._kept.get(channel.id)
        if kept is None or kept.fetched is None or kept.fetched.expires_at <= self._clock.now():
            return channel.secrets
        return replace(channel.secrets, keys=kept.fetched.keys)

    async def renewed(self, channel: ConnectedChannel) -> bool:
        """Ask for the keys; False where they were asked for a moment ago, cannot be had, or the connector fetches none."""
        if channel.fetches_keys is None:
            return False
        came_at = self._clock.now()
        kept = self._kept.setdefault(channel.id, _Kept())
        async with kept.asking:
            if kept.asked_at is not None and kept.asked_at >= came_at:
                return kept.fetched is not None
            if kept.asked_at is not None and came_at < kept.asked_at + AGAIN_AFTER:
                return False
            kept.asked_at = self._clock.now()
            try:
                async with asyncio.timeout(ASKING_SECONDS):
                    kept.fetched = await channel.fetches_keys.fetch_keys(channel=channel.access, net=self._net)
            except (SendError, TimeoutError) as error:
                log.warning("keys_not_fetched", channel_id=str(channel.id), error=type(error).__name__)
                return False
            return True
