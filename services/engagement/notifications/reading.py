"""Notifications as they are shown, and whose they are. Called by the edges."""

import asyncpg

from services.contracts.ids import ChannelId, ConversationId, MemberId, NotificationId
from services.contracts.views.notifications import NotificationView
from services.contracts.vocabulary import NotificationKind
from services.kit.access import Caller
from services.kit.errors import ForbiddenError


def member_of(caller: Caller) -> MemberId:
    """Whose notifications are meant. Raises ForbiddenError for an API key, which is nobody."""
    if caller.member_id is None:
        raise ForbiddenError("Only a signed-in member has notifications.")
    return caller.member_id


def notification_view(row: asyncpg.Record) -> NotificationView:
    """One row."""
    return NotificationView(
        id=NotificationId(row["id"]),
        kind=NotificationKind(row["kind"]),
        matter=row["matter"],
        conversation_id=None if row["conversation_id"] is None else ConversationId(row["conversation_id"]),
        channel_id=None if row["channel_id"] is None else ChannelId(row["channel_id"]),
        reason=row["reason"],
        count=row["count"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        read_at=row["read_at"],
    )
