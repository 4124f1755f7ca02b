"""What is answered about sending: how a channel fares, and what becomes of a reply that is changed. Plain data.

Of a reply, `due_at` is when it leaves at the earliest; `needs_person`: it is in doubt since `doubted_at`, and only a person can settle it.
"""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import ChannelId, MemberId
from services.contracts.vocabulary import Breaker, ChangeKind, ChangeState, ChannelStatus, SubscriptionState


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHealthView:
    """How a channel fares. Counts end at 1,001, which says: more than a thousand.

    `status` is paused (by us), refused (the platform no longer takes the credentials: `trouble`), interrupted (the breaker is open: one
    reply tries at `probe_at`), held (the platform asked to wait until `held_until`) or working. `subscription` says whether the platform
    was told where to deliver, last at `subscribed_at`.
    """

    channel_id: ChannelId
    status: ChannelStatus
    last_event_at: datetime | None
    last_sent_at: datetime | None
    journal_waiting: int
    replies_queued: int
    replies_in_doubt: int
    held_until: datetime | None
    hold_reason: str
    breaker: Breaker
    failures: int
    interrupted_at: datetime | None
    probe_at: datetime | None
    last_failure_at: datetime | None
    last_failure: str
    credentials_refused_at: datetime | None
    trouble: str
    credentials_expire_at: datetime | None = None
    subscription: SubscriptionState = SubscriptionState.NONE
    subscription_reason: str = ""
    subscribed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyChangeView:
    """The newest edit or deletion of a reply that was sent. Until it is `done`, what was sent stands; `unknown`: nobody knows."""

    kind: ChangeKind
    state: ChangeState
    text: str | None
    reason: str
    member_id: MemberId | None
    asked_at: datetime
