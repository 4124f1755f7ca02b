"""notificationAdded: what the calling member is to know of, as it happens. Called by the schema; follows the feed."""

from collections.abc import AsyncIterator, Awaitable
from typing import Annotated, NamedTuple

import strawberry

from gateway.context import Info
from gateway.conversations.subscriptions import AfterCursor
from gateway.conversations.updates import MISSED, Resync, ResyncRow
from gateway.errors import NotAllowedError
from gateway.notifications.types import Notification
from gateway.realtime.catch_up import cursor_of, follow
from gateway.realtime.feed import Gap
from gateway.relay import shows
from gateway.vocabulary import NotificationKind
from services.contracts.events import NotificationAdded as NotificationAddedEvent
from services.contracts.ids import NotificationId
from services.contracts.views.notifications import NotificationView


class AddedRow(NamedTuple):
    """The value behind NotificationAdded."""

    event_id: str
    cursor: str
    kind: NotificationKind
    notification_id: NotificationId


def _notification_of(root: strawberry.Parent[AddedRow], info: Info) -> Awaitable[NotificationView | None]:
    return info.context.loaders.notification_by_id.load(root.notification_id)


@shows(AddedRow, description="A new matter. What happens in it again while it is unread is counted, and not told anew.")
class NotificationAdded:
    """See contracts.events.NotificationAdded."""

    event_id: str = strawberry.field(description="The event's id. After a reconnection an event may come twice, with the same id.")
    cursor: str = strawberry.field(description="Pass it as `after` to go on here after a reconnection.")
    kind: NotificationKind = strawberry.field(description="What it is about.")
    notification = strawberry.field(
        resolver=_notification_of, graphql_type=Notification | None, description="The notification as it stands now."
    )


NotificationUpdate = Annotated[
    NotificationAdded | Resync, strawberry.union("NotificationUpdate", description="A new notification, or a call to read again.")
]


async def notification_added(info: Info, after: AfterCursor = None) -> AsyncIterator[AddedRow | ResyncRow]:
    """New notifications of the calling member."""
    caller = info.context.require("conversations:read")
    if caller.member_id is None:
        message = "Only a signed-in member has notifications."
        raise NotAllowedError(message)
    async for item in follow(info.context, caller.workspace_id, events=(NotificationAddedEvent,), after=after):
        if isinstance(item, Gap):
            yield MISSED
        elif isinstance(item.event, NotificationAddedEvent) and item.event.member_id == caller.member_id:
            yield AddedRow(item.header.id, cursor_of(item), item.event.kind, item.event.notification_id)


@strawberry.type
class NotificationSubscriptions:
    """Part of Subscription."""

    notification_added = strawberry.subscription(
        resolver=notification_added,
        graphql_type=NotificationUpdate,
        description="What the calling member is to know of, as it happens.",
    )
