"""markNotificationsRead: the caller has seen these."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.clients.notifying import UnreadAnswer
from gateway.context import Info
from gateway.errors import GatewayError, MalformedInputError
from gateway.notifications.types import UnreadCount
from gateway.problems import InvalidInput, NotAllowed, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.views import PAGE_LIMIT


@strawberry.input(description="What has been seen.")
class MarkNotificationsReadInput:
    """Arguments of markNotificationsRead."""

    ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Notifications, by global id; at most 100. Others' change nothing."
    )
    until: datetime | None = strawberry.field(default=None, description="All that happened until then; null: only those named.")


@strawberry.type(description="They are read.")
class NotificationsMarkedRead:
    """Success."""

    unread: UnreadAnswer = strawberry.field(graphql_type=UnreadCount, description="How many are left.")


MarkNotificationsReadResult = Annotated[
    NotificationsMarkedRead | InvalidInput | NotAllowed,
    strawberry.union("MarkNotificationsReadResult", description="How many are left, or why nothing was marked."),
]


async def mark_notifications_read(info: Info, input: MarkNotificationsReadInput) -> NotificationsMarkedRead | Problem:  # noqa: A002 - the argument's name in the schema
    """Mark notifications as read."""
    try:
        if len(input.ids) > PAGE_LIMIT:
            message = f"At most {PAGE_LIMIT} ids at once; `until` marks all."
            raise MalformedInputError(message)
        ids = [read_id_of(each, type_name="Notification") for each in input.ids]
        return NotificationsMarkedRead(unread=await info.context.clients.notifying.mark_read(ids, until=input.until))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=mark_notifications_read,
    graphql_type=MarkNotificationsReadResult,
    description="Say that the calling member has seen these, or all that happened until a moment.",
)
