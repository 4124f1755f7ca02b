"""What surrounds a resource while it is read: the channel, and when it came. Made by the connector, read by the readers; pure."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from services.engagement.protocol import ChannelFacts, read_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """`key` is the journal's of the item that is read."""

    channel: ChannelFacts
    received_at: datetime
    key: str

    def time(self, told: object, *, otherwise: datetime | None = None) -> datetime:
        """A time as the API writes it; where it tells none, when the item came."""
        return read_time(told, otherwise=otherwise or self.received_at)

    def made_id(self, kind: str, *parts: object) -> str:
        """An id for what comes without one: the same for the same words."""
        said = "\x1f".join(str(part) for part in parts).encode("utf-8", "replace")
        return f"{kind}:{hashlib.sha256(said).hexdigest()[:32]}"
