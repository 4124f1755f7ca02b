"""What stands around an item: whose channel it is, when it came, live or from the past. Handed to every reader; pure."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import msgspec

from services.contracts.vocabulary import Source
from services.engagement.protocol import ChannelFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The delivery of an item. `us` is the DID of our account, None where nobody said it; `key` is the journal's."""

    channel: ChannelFacts
    received_at: datetime
    key: str
    us: str | None = None
    source: Source = Source.LIVE

    def is_us(self, did: str | None) -> bool:
        """Whether this is our account."""
        return bool(self.us) and did == self.us

    def named(self, raw: object) -> str:
        """An id for what has none: made of all that it says, or of the journal's key where it is nested too deeply to be said again."""
        try:
            said = msgspec.json.encode(raw)
        except RecursionError:
            said = self.key.encode()
        return f"unnamed:{hashlib.sha256(said).hexdigest()[:40]}"
