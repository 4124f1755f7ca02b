"""testWebhookEndpoint: sends an endpoint an event to try it with."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.partners.keeping import read_endpoint
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of


@strawberry.input(description="Which endpoint.")
class TestWebhookEndpointInput:
    """Arguments of testWebhookEndpoint."""

    webhook_endpoint_id: strawberry.ID = strawberry.field(description="The endpoint, by global id.")


@strawberry.type(description="An event of the type webhook.tested is on its way; `deliveries` shows how it goes.")
class WebhookEndpointTested:
    """Success."""

    webhook_endpoint_id: strawberry.ID = strawberry.field(description="As given.")


TestWebhookEndpointResult = Annotated[
    WebhookEndpointTested | NotFound | InvalidInput | NotAllowed,
    strawberry.union("TestWebhookEndpointResult", description="That it is on its way, or why it is not."),
]


async def try_webhook_endpoint(info: Info, input: TestWebhookEndpointInput) -> WebhookEndpointTested | Problem:  # noqa: A002 - the argument's name in the schema
    """Send an event to try it with."""
    try:
        await info.context.clients.partners.test(read_endpoint(input.webhook_endpoint_id))
    except GatewayError as error:
        return problem_of(error)
    return WebhookEndpointTested(webhook_endpoint_id=input.webhook_endpoint_id)


field = strawberry.mutation(
    resolver=try_webhook_endpoint,
    graphql_type=TestWebhookEndpointResult,
    description="Send an endpoint an event of the type webhook.tested. Needs the scope keys:write.",
)
