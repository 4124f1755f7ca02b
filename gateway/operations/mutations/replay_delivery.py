"""replayDelivery: reads again what a platform delivered and nobody understood, after a fix."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.operations.keys import read_row_key
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of


@strawberry.input(description="Which deliveries.")
class ReplayDeliveryInput:
    """Arguments of replayDelivery."""

    key: strawberry.ID | None = strawberry.field(
        default=None, description="The row's key; null for all that failed or were not understood."
    )


@strawberry.type(description="They are read again; what they had already led to stays as it is.")
class DeliveryReplayed:
    """Success."""

    count: int = strawberry.field(description="How many are read again.")


ReplayDeliveryResult = Annotated[
    DeliveryReplayed | NotFound | InvalidInput | NotAllowed,
    strawberry.union("ReplayDeliveryResult", description="How many are read again, or why none is."),
]


async def replay_delivery(info: Info, input: ReplayDeliveryInput) -> DeliveryReplayed | Problem:  # noqa: A002 - the argument's name in the schema
    """Read deliveries again."""
    try:
        if input.key is None:
            return DeliveryReplayed(count=await info.context.clients.engagement.replay_failed())
        await info.context.clients.engagement.replay_row(read_row_key(input.key))
        return DeliveryReplayed(count=1)
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=replay_delivery,
    graphql_type=ReplayDeliveryResult,
    description="Read a delivery again, or all that failed or were not understood, after a fix. For administrators.",
)
