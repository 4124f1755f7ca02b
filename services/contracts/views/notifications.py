"""What engagement answers about notifications and how they are told. Plain data; encoded as JSON with these names."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.ids import ChannelId, ConversationId, NotificationId
from services.contracts.vocabulary import DigestEvery, NotificationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationView:
    """A matter that the caller is to know of; `count` is how often something happened in it since it was last read."""

    id: NotificationId
    kind: NotificationKind
    matter: UUID
    conversation_id: ConversationId | None
    channel_id: ChannelId | None
    reason: str
    count: int
    created_at: datetime
    changed_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationMeansView:
    """By which means somebody is told of a kind; none of them: not at all."""

    kind: NotificationKind
    app: bool
    email: bool
    chat: bool
    digest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationSettingsView:
    """How somebody is told. Times of day are minutes after local midnight; both quiet ones are null where no hours are quiet.

    `has_chat` says that an address for chat is set, never which; `email_possible` that this deployment can send mail.
    """

    kinds: tuple[NotificationMeansView, ...]
    time_zone: str
    quiet_from: int | None
    quiet_until: int | None
    digest: DigestEvery
    digest_at: int
    has_chat: bool
    email_possible: bool
    trouble: str
    version: int
