"""deleteWebhookEndpoint: tells a partner nothing any more."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.partners.keeping import read_endpoint
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of


@strawberry.input(description="Which endpoint.")
class DeleteWebhookEndpointInput:
    """Arguments of deleteWebhookEndpoint."""

    webhook_endpoint_id: strawberry.ID = strawberry.field(description="The endpoint, by global id.")


@strawberry.type(description="The endpoint is gone, with what it was still to be told.")
class WebhookEndpointDeleted:
    """Success."""

    webhook_endpoint_id: strawberry.ID = strawberry.field(description="As given.")


DeleteWebhookEndpointResult = Annotated[
    WebhookEndpointDeleted | NotFound | InvalidInput | NotAllowed,
    strawberry.union("DeleteWebhookEndpointResult", description="That it is gone, or why it is not."),
]


async def delete_webhook_endpoint(info: Info, input: DeleteWebhookEndpointInput) -> WebhookEndpointDeleted | Problem:  # noqa: A002 - the argument's name in the schema
    """Delete an endpoint."""
    try:
        await info.context.clients.partners.delete(read_endpoint(input.webhook_endpoint_id))
    except GatewayError as error:
        return problem_of(error)
    return WebhookEndpointDeleted(webhook_endpoint_id=input.webhook_endpoint_id)


field = strawberry.mutation(
    resolver=delete_webhook_endpoint,
    graphql_type=DeleteWebhookEndpointResult,
    description="Delete an endpoint, with what it is still to be told; updateWebhookEndpoint pauses one. Needs the scope keys:write.",
)
