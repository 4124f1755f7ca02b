"""setNotificationChat: to which webhook the caller's chat, or the workspace's room, is told."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import InvalidInput, NotAllowed, Problem, problem_of


@strawberry.input(description="Where to tell.")
class SetNotificationChatInput:
    """Arguments of setNotificationChat."""

    url: str | None = strawberry.field(description='An incoming webhook that takes Slack\'s form, {"text": ...}; null: tell it no more.')
    room: bool = strawberry.field(default=False, description="The workspace's chat room instead of the caller; for administrators.")


@strawberry.type(description="The chat is told from now on, or no more.")
class NotificationChatSet:
    """Success."""

    secret: str | None = strawberry.field(
        description="What messages are signed with (Standard Webhooks), shown only now; null where the chat is told no more."
    )


SetNotificationChatResult = Annotated[
    NotificationChatSet | InvalidInput | NotAllowed,
    strawberry.union("SetNotificationChatResult", description="The signing secret, or why nothing changed."),
]


async def set_notification_chat(info: Info, input: SetNotificationChatInput) -> NotificationChatSet | Problem:  # noqa: A002 - the argument's name in the schema
    """Set or end a chat."""
    try:
        if input.url is None:
            await info.context.clients.notifying.end_chat(room=input.room)
            return NotificationChatSet(secret=None)
        set_ = await info.context.clients.notifying.set_chat(input.url, room=input.room)
    except GatewayError as error:
        return problem_of(error)
    return NotificationChatSet(secret=set_.secret)


field = strawberry.mutation(
    resolver=set_notification_chat,
    graphql_type=SetNotificationChatResult,
    description="Have a chat told by an incoming webhook, or no more. Every call gives a new signing secret.",
)
