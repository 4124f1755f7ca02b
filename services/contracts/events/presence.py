"""Who is at a conversation at this moment. Told over and over by whoever is there, kept by nobody, forgotten when it is not repeated."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from services.contracts.envelope import Passing
from services.contracts.ids import ConversationId, MemberId, ProfileId
from services.contracts.vocabulary import PresenceActivity

# Somebody who is there says so again after the one, and is no longer shown after the other.
AGAIN_AFTER: Final = timedelta(seconds=5)
LASTS: Final = timedelta(seconds=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceShown(Passing):
    """Somebody views or types, or has left: a member, or (without `member_id`) the person of `profile_id`. `tab` is one window."""

    type: ClassVar[str] = "engagement.presence.shown"
    about: ClassVar[str] = "conversation_id"
    conversation_id: ConversationId
    profile_id: ProfileId
    activity: PresenceActivity
    at: datetime
    member_id: MemberId | None = None
    tab: str = ""
