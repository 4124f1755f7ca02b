"""Events about channels' credentials that end: renewed, or lost. Published by engagement. Plain data."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from services.contracts.envelope import Event
from services.contracts.ids import ChannelId


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsRenewed(Event):
    """The channel's credentials were renewed before they ended; the new ones end at `expires_at`, where they do."""

    type: ClassVar[str] = "engagement.channel.credentials_renewed"
    about: ClassVar[str] = "channel_id"
    channel_id: ChannelId
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsLost(Event):
    """The channel's credentials count no more, or could not be renewed in time: its owner has to connect it again. Told once per loss.

    `final`: the platform said so; else it is asked again, and CredentialsRenewed tells of the success.
    """

    type: ClassVar[str] = "engagement.channel.credentials_lost"
    about: ClassVar[str] = "channel_id"
    channel_id: ChannelId
    reason: str
    final: bool = True
