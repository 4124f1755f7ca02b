"""settlePromise: says what became of a promise."""

from typing import Annotated

import strawberry

from gateway.composing.types import Promise
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from gateway.vocabulary import PromiseState
from services.contracts.ids import PromiseId
from services.contracts.views.composing import PromiseView


@strawberry.input(description="A promise, and what became of it.")
class SettlePromiseInput:
    """Arguments of settlePromise."""

    promise_id: strawberry.ID = strawberry.field(description="The promise, by global id.")
    state: PromiseState = strawberry.field(description="KEPT, BROKEN or WITHDRAWN.")
    version: int = strawberry.field(description="Its version as read.")


@strawberry.type(description="The promise is settled.")
class PromiseSettled:
    """Success."""

    promise: PromiseView = strawberry.field(graphql_type=Promise, description="The promise, as it stands now.")


SettlePromiseResult = Annotated[
    PromiseSettled | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SettlePromiseResult", description="The promise, or why nothing changed."),
]


async def settle_promise(info: Info, input: SettlePromiseInput) -> PromiseSettled | Problem:  # noqa: A002 - the argument's name in the schema
    """Say what became of a promise."""
    try:
        promise = PromiseId(read_id_of(input.promise_id, type_name="Promise"))
        payload = {"state": input.state, "version": input.version}
        return PromiseSettled(promise=await info.context.clients.composing.settle_promise(promise, payload=payload))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=settle_promise,
    graphql_type=SettlePromiseResult,
    description="Say that a promise was kept, broken or withdrawn. A settled one answers Conflict.",
)
