"""createWebhookEndpoint: has a partner told of what happens from now on."""

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.partners.keeping import SignedEndpointResult, WebhookEndpointSigned
from gateway.problems import Problem, problem_of


@strawberry.input(description="Where to tell, and of what.")
class CreateWebhookEndpointInput:
    """Arguments of createWebhookEndpoint."""

    url: str = strawberry.field(description="The partner's address: https, at most 2,000 characters.")
    types: list[str] = strawberry.field(description='Event types, as webhookEventTypes names them; "*" for all. At most 100.')
    description: str = strawberry.field(default="", description="Whose it is, and what for; at most 500 characters.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="The same key within two days makes nothing twice; at most 255 characters."
    )


async def create_webhook_endpoint(info: Info, input: CreateWebhookEndpointInput) -> WebhookEndpointSigned | Problem:  # noqa: A002 - the argument's name in the schema
    """Make an endpoint."""
    payload = {"url": input.url, "types": input.types, "description": input.description}
    partners = info.context.clients.partners
    try:
        made = await partners.make(payload, idempotency_key=input.idempotency_key)
        return WebhookEndpointSigned(webhook_endpoint=made, secret=await partners.secret(made.id))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=create_webhook_endpoint,
    graphql_type=SignedEndpointResult,
    description="Have a partner told of what happens from now on; the secret is shown this once. Needs the scope keys:write.",
)
