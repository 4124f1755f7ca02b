"""makePromise: keeps what was promised to a person for a time."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.composing.types import Promise
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ConversationId
from services.contracts.views.composing import PromiseView


@strawberry.input(description="What was promised, and until when.")
class MakePromiseInput:
    """Arguments of makePromise."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation, by global id.")
    text: str = strawberry.field(description="What was promised, such as a call; 1 to 500 characters.")
    due_at: datetime = strawberry.field(description="Until when, with its offset; within two years.")


@strawberry.type(description="The promise is kept in mind.")
class PromiseMade:
    """Success."""

    promise: PromiseView = strawberry.field(graphql_type=Promise, description="The promise.")


MakePromiseResult = Annotated[
    PromiseMade | NotFound | InvalidInput | NotAllowed,
    strawberry.union("MakePromiseResult", description="The promise, or why it was not kept."),
]


async def make_promise(info: Info, input: MakePromiseInput) -> PromiseMade | Problem:  # noqa: A002 - the argument's name in the schema
    """Keep a promise in mind."""
    try:
        conversation = ConversationId(read_id_of(input.conversation_id, type_name="Conversation"))
        payload = {"text": input.text, "due_at": input.due_at.isoformat()}
        return PromiseMade(promise=await info.context.clients.composing.make_promise(conversation, payload=payload))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=make_promise,
    graphql_type=MakePromiseResult,
    description="Keep in mind what was promised to a person for a time. An hour before it is due, and once it is overdue, it is told.",
)
