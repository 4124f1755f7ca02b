"""rotateWebhookSecret: makes a new secret for an endpoint."""

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.partners.keeping import SignedEndpointResult, WebhookEndpointSigned, read_endpoint
from gateway.problems import Problem, problem_of


@strawberry.input(description="Whose secret is to be another.")
class RotateWebhookSecretInput:
    """Arguments of rotateWebhookSecret."""

    webhook_endpoint_id: strawberry.ID = strawberry.field(description="The endpoint, by global id.")
    version: int = strawberry.field(description="Its version as read; another one answers Conflict.")


async def rotate_webhook_secret(info: Info, input: RotateWebhookSecretInput) -> WebhookEndpointSigned | Problem:  # noqa: A002 - the argument's name in the schema
    """Make a new secret."""
    partners = info.context.clients.partners
    try:
        rotated = await partners.rotate(read_endpoint(input.webhook_endpoint_id), version=input.version)
        return WebhookEndpointSigned(webhook_endpoint=rotated, secret=await partners.secret(rotated.id))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=rotate_webhook_secret,
    graphql_type=SignedEndpointResult,
    description="Make a new secret for an endpoint; for a day the old one signs, too. Needs the scope keys:write.",
)
