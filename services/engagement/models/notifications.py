"""What members are to know of, how each wants to be told, and what waits to be told by mail and chat. Used by `notifications`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, PrimaryKeyConstraint, Text, text
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class Notification(Table, table=True):
    """One matter that a member is to know of. While it is unread, what happens in it again is counted, not repeated.

    `member_id` is the workspace's own id where the workspace's chat room is told. `matter` is the task, conversation, reply or channel.
    The flags say by which means it is still to be told; `in_app` whether it is shown in the application.
    """

    __tablename__ = "notification"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="notification_pkey"),
        Index(
            "notification_unread_key",
            "workspace_id",
            "member_id",
            "kind",
            "matter",
            unique=True,
            postgresql_where=text("read_at IS NULL"),
        ),
        Index("notification_list_idx", "workspace_id", "member_id", text("changed_at DESC"), text("id DESC")),
        Index("notification_old_idx", "workspace_id", "changed_at"),
    )

    workspace_id: UUID
    id: UUID
    member_id: UUID
    kind: str = Field(sa_type=Text)
    matter: UUID
    conversation_id: UUID | None = None
    channel_id: UUID | None = None
    reason: str = Field(sa_type=Text)
    count: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    in_app: bool
    by_email: bool
    by_chat: bool
    by_digest: bool


class NotificationSetting(Table, table=True):
    """By which means a member is told of a kind; without a row the defaults hold."""

    __tablename__ = "notification_setting"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "member_id", "kind", name="notification_setting_pkey"),)

    workspace_id: UUID
    member_id: UUID
    kind: str = Field(sa_type=Text)
    app: bool
    email: bool
    chat: bool
    digest: bool


class NotificationPreference(Table, table=True):
    """When and where a member is told. Minutes are those of the local day; `chat` is sealed and bound to workspace and member."""

    __tablename__ = "notification_preference"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "member_id", name="notification_preference_pkey"),)

    workspace_id: UUID
    member_id: UUID
    time_zone: str = Field(sa_type=Text)
    quiet_from: int | None = None
    quiet_until: int | None = None
    digest: str = Field(sa_type=Text)
    digest_at: int
    chat: bytes | None = Field(default=None, sa_type=LargeBinary)
    version: int


class NotificationDelivery(Table, table=True):
    """What waits to be told to a member by one means (email, chat, digest): one message at a time, whatever it is about.

    `due_at` is null where nothing waits. `batch_id` names the next message, in every attempt alike.
    """

    __tablename__ = "notification_delivery"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "member_id", "means", name="notification_delivery_pkey"),
        Index("notification_delivery_due_idx", "workspace_id", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    workspace_id: UUID
    member_id: UUID
    means: str = Field(sa_type=Text)
    batch_id: UUID
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempt: int
    lease_id: UUID | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    trouble: str = Field(sa_type=Text)


class Reminder(Table, table=True):
    """That a due time, or a channel's trouble, was told of: once each, however often a sweep sees it."""

    __tablename__ = "reminder"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "kind", "subject_id", "due_at", name="reminder_pkey"),
        Index("reminder_old_idx", "workspace_id", "due_at"),
        Index("reminder_trouble_idx", "workspace_id", "subject_id", postgresql_where=text("kind = 'channel_trouble'")),
    )

    workspace_id: UUID
    kind: str = Field(sa_type=Text)
    subject_id: UUID
    due_at: datetime = Field(sa_type=UtcDateTime)
