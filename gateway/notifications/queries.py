"""Queries for the caller's notifications. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from gateway.clients.notifying import UnreadAnswer
from gateway.context import Info
from gateway.loaders import NotificationPageKey
from gateway.notifications.types import Notification, NotificationSettings, Room, UnreadCount
from gateway.relay import After, Connection, First, read_after, read_first
from services.contracts.views import PageView
from services.contracts.views.notifications import NotificationSettingsView, NotificationView

Unread = Annotated[bool, strawberry.argument(description="Only those that are unread.")]


def list_notifications(
    info: Info,
    first: First = 20,
    after: After = None,
    unread: Unread = False,  # noqa: FBT002 - an argument of the schema
) -> Awaitable[PageView[NotificationView]]:
    """The caller's notifications."""
    return info.context.loaders.notifications_by_page.load(NotificationPageKey(read_first(first), read_after(after), unread))


def count_unread(info: Info) -> Awaitable[UnreadAnswer]:
    """How many are unread."""
    return info.context.loaders.unread_by_caller.load(None)


def get_settings(info: Info, room: Room = False) -> Awaitable[NotificationSettingsView]:  # noqa: FBT002 - an argument of the schema
    """How the caller, or the room, is told."""
    return info.context.loaders.notification_settings.load(room)


@strawberry.type
class NotificationQueries:
    """Part of Query."""

    notifications = strawberry.field(
        resolver=list_notifications,
        graphql_type=Connection[Notification],
        description="What the calling member is to know of; what changed last first. At most 100 a page.",
    )
    unread_notifications = strawberry.field(
        resolver=count_unread, graphql_type=UnreadCount, description="How many of them the calling member has not read."
    )
    notification_settings = strawberry.field(
        resolver=get_settings, graphql_type=NotificationSettings, description="How the calling member is told."
    )
