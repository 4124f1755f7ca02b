"""startBulkAction: one action on up to 1,000 threads, as a job."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.mutations.post_reply import idempotency_key
from gateway.errors import GatewayError
from gateway.handling.types import Job
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from gateway.vocabulary import BulkAction, ConversationStatus
from services.contracts.views import JobView


@strawberry.input(description="Which threads: all that fit, 1,000 at most; what is null does not narrow it.")
class BulkFilter:
    """Part of StartBulkActionInput."""

    status: ConversationStatus | None = strawberry.field(default=None, description="Of this status.")
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="Of this channel, by global id.")
    label_id: strawberry.ID | None = strawberry.field(default=None, description="With this label, by global id.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Of this member, by global id.")


@strawberry.input(description="An action, what it needs, and the threads: either by id or by filter.")
class StartBulkActionInput:
    """Arguments of startBulkAction."""

    action: BulkAction = strawberry.field(description="What is to be done with each.")
    conversation_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="The threads, by global id; at most 1,000.")
    filter: BulkFilter | None = strawberry.field(default=None, description="Or all that fit, latest activity first.")
    owner_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Needed for ASSIGN: whose they are from now on; null, given outright, for nobody's."
    )
    add_label_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="For LABEL: to put on; at most 50.")
    remove_label_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="For LABEL: to take away; at most 50.")
    snoozed_until: datetime | None = strawberry.field(default=None, description="For SNOOZE: until then; null until the person writes.")
    reason: str | None = strawberry.field(default=None, description="For DECLINE: why, for colleagues to read; at most 500 characters.")
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Yours, at most 200 characters: the same one twice begins one job."
    )


@strawberry.type(description="The job is begun; `job` and `jobAdvanced` tell how far it is.")
class BulkActionStarted:
    """Success."""

    job: JobView = strawberry.field(graphql_type=Job, description="The job.")
    client_mutation_id: str | None = strawberry.field(description="As given.")


StartBulkActionResult = Annotated[
    BulkActionStarted | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("StartBulkActionResult", description="The job, or why none was begun."),
]


async def start_bulk_action(info: Info, input: StartBulkActionInput) -> BulkActionStarted | Problem:  # noqa: A002 - the argument's name in the schema
    """Begin a job."""
    try:
        job = await info.context.clients.handling.start_bulk_action(
            payload=_payload(input), idempotency_key=idempotency_key(input.client_mutation_id)
        )
    except GatewayError as error:
        return problem_of(error)
    return BulkActionStarted(job=job, client_mutation_id=input.client_mutation_id)


def _payload(wanted: StartBulkActionInput) -> dict[str, object]:
    given: dict[str, object | None] = {
        "action": wanted.action,
        "conversation_ids": _ids(wanted.conversation_ids, type_name="Conversation"),
        "filter": None if wanted.filter is None else _filter(wanted.filter),
        "add_label_ids": _ids(wanted.add_label_ids, type_name="Label"),
        "remove_label_ids": _ids(wanted.remove_label_ids, type_name="Label"),
        "snoozed_until": wanted.snoozed_until,
        "reason": wanted.reason,
    }
    payload = {name: value for name, value in given.items() if value is not None}
    if wanted.owner_id is not strawberry.UNSET:
        payload["owner_id"] = _id(wanted.owner_id, type_name="Member")
    return payload


def _filter(wanted: BulkFilter) -> dict[str, object]:
    given = {
        "status": wanted.status,
        "channel_id": _id(wanted.channel_id, type_name="Channel"),
        "label_id": _id(wanted.label_id, type_name="Label"),
        "owner_id": _id(wanted.owner_id, type_name="Member"),
    }
    return {name: value for name, value in given.items() if value is not None}


def _id(text: strawberry.ID | None, *, type_name: str) -> object | None:
    return None if text is None else read_id_of(text, type_name=type_name)


def _ids(texts: list[strawberry.ID] | None, *, type_name: str) -> list[object] | None:
    return None if texts is None else [read_id_of(each, type_name=type_name) for each in texts]


field = strawberry.mutation(
    resolver=start_bulk_action,
    graphql_type=StartBulkActionResult,
    description="Close, assign, label, snooze or decline up to 1,000 threads, as a job with a result for each.",
)
