"""What engagement answers about threads beside themselves: who is blocked. Plain data; called through the package."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import MemberId, ProfileId


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockView:
    """A person whose messages are kept and owe nothing: since when, why, by whom."""

    profile_id: ProfileId
    reason: str
    member_id: MemberId | None
    blocked_at: datetime
