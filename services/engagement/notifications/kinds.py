"""By which means each kind is told where a member chose nothing. Plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from services.contracts.vocabulary import NotificationKind

Outgoing = Literal["email", "chat", "digest"]
OUTGOING: tuple[Outgoing, ...] = ("email", "chat", "digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """By which means somebody is told; none of them: not at all."""

    app: bool = False
    email: bool = False
    chat: bool = False
    digest: bool = False

    @property
    def is_off(self) -> bool:
        """Whether nothing is told."""
        return not (self.app or self.email or self.chat or self.digest)


_AT_ONCE = Means(app=True, email=True, chat=True)
_QUIETLY = Means(app=True, digest=True)

DEFAULTS: Mapping[NotificationKind, Means] = MappingProxyType(
    {
        NotificationKind.TASK_ASSIGNED: _AT_ONCE,
        NotificationKind.DISCIPLINE_TASK: _QUIETLY,
        NotificationKind.MENTIONED: _AT_ONCE,
        NotificationKind.PROMISE_DUE: _AT_ONCE,
        NotificationKind.DUE_SOON: Means(app=True, chat=True),
        NotificationKind.OVERDUE: _AT_ONCE,
        NotificationKind.REPLY_FAILED: _AT_ONCE,
        NotificationKind.REPLY_UNKNOWN: _AT_ONCE,
        NotificationKind.CHANNEL_TROUBLE: _AT_ONCE,
        NotificationKind.CRISIS: _AT_ONCE,
        NotificationKind.LOW_RATING: _AT_ONCE,
        NotificationKind.REPLY_PROPOSED: Means(app=True, chat=True),
    }
)
# The workspace's room is told of what concerns everybody; the rest an administrator may switch on.
ROOM_DEFAULTS: Mapping[NotificationKind, Means] = MappingProxyType(
    {
        kind: Means(chat=kind in {NotificationKind.OVERDUE, NotificationKind.CHANNEL_TROUBLE, NotificationKind.CRISIS})
        for kind in NotificationKind
    }
)
