"""updateConversation: status, snoozing, owner, priority and labels of a thread, unless a colleague was faster."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Conversation
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from gateway.vocabulary import ConversationStatus, Priority
from services.contracts.ids import ConversationId
from services.contracts.views import ConversationView


@strawberry.input(description="A thread and what is to change; what is left out stays.")
class UpdateConversationInput:
    """Arguments of updateConversation."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation, by global id.")
    version: int = strawberry.field(description="Its version as read.")
    status: ConversationStatus | None = strawberry.field(default=None, description="What it waits for from now on.")
    snoozed_until: datetime | None = strawberry.field(
        default=None, description="Snooze it until then, with an offset; a message of the person wakes it sooner."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Whose it is from now on, by global id; null for nobody's."
    )
    priority: Priority | None = strawberry.field(default=None, description="How much it matters.")
    add_label_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Labels to put on it, by global id; at most 50.")
    remove_label_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Labels to take from it, by global id; at most 50."
    )


@strawberry.type(description="The thread is changed.")
class ConversationUpdated:
    """Success."""

    conversation: ConversationView = strawberry.field(graphql_type=Conversation, description="The thread, as it stands now.")


UpdateConversationResult = Annotated[
    ConversationUpdated | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("UpdateConversationResult", description="The thread, or why nothing changed."),
]


async def update_conversation(info: Info, input: UpdateConversationInput) -> ConversationUpdated | Problem:  # noqa: A002 - the argument's name in the schema
    """Change a thread."""
    try:
        conversation = ConversationId(read_id_of(input.conversation_id, type_name="Conversation"))
        changed = await info.context.clients.engagement.change_conversation(conversation, payload=_changes(input))
    except GatewayError as error:
        return problem_of(error)
    return ConversationUpdated(conversation=changed)


def _changes(wanted: UpdateConversationInput) -> dict[str, object]:
    given = {
        "version": wanted.version,
        "status": wanted.status,
        "snoozed_until": wanted.snoozed_until,
        "priority": wanted.priority,
        "add_label_ids": _labels(wanted.add_label_ids),
        "remove_label_ids": _labels(wanted.remove_label_ids),
    }
    changes: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    if wanted.owner_id is not strawberry.UNSET:
        changes["owner_id"] = None if wanted.owner_id is None else read_id_of(wanted.owner_id, type_name="Member")
    return changes


def _labels(ids: list[strawberry.ID] | None) -> list[object] | None:
    return None if ids is None else [read_id_of(each, type_name="Label") for each in ids]


field = strawberry.mutation(
    resolver=update_conversation,
    graphql_type=UpdateConversationResult,
    description="Open, close, snooze, assign, label a thread, or say how much it matters. An old version answers Conflict.",
)
