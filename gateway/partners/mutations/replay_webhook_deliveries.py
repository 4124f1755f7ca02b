"""replayWebhookDeliveries: tells a partner again."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.partners.keeping import read_endpoint
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import check_moment


@strawberry.input(description="Since when to tell again, and whether all of it.")
class ReplayWebhookDeliveriesInput:
    """Arguments of replayWebhookDeliveries."""

    webhook_endpoint_id: strawberry.ID = strawberry.field(description="The endpoint, by global id.")
    since: datetime = strawberry.field(description="Since when; a week is kept.")
    delivered_too: bool = strawberry.field(default=False, description="Whether also what was told; else only what failed.")


@strawberry.type(description="They are told again, each with the webhook-id that it had.")
class WebhookDeliveriesReplayed:
    """Success."""

    count: int = strawberry.field(description="How many; at most 10,000.")


ReplayWebhookDeliveriesResult = Annotated[
    WebhookDeliveriesReplayed | NotFound | InvalidInput | NotAllowed,
    strawberry.union("ReplayWebhookDeliveriesResult", description="How many are told again, or why none is."),
]


async def replay_webhook_deliveries(
    info: Info,
    input: ReplayWebhookDeliveriesInput,  # noqa: A002 - the argument's name in the schema
) -> WebhookDeliveriesReplayed | Problem:
    """Tell again."""
    try:
        endpoint, since = read_endpoint(input.webhook_endpoint_id), check_moment(input.since)
        which = "all" if input.delivered_too else "failed"
        return WebhookDeliveriesReplayed(count=await info.context.clients.partners.replay(endpoint, since=since, which=which))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=replay_webhook_deliveries,
    graphql_type=ReplayWebhookDeliveriesResult,
    description="Tell an endpoint again what it could not be told, or all, since a moment. Needs the scope keys:write.",
)
