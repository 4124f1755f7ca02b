"""updateWebhookEndpoint: changes, pauses or resumes an endpoint."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.partners.keeping import WebhookEndpointSaved, read_endpoint
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of


@strawberry.input(description="What is to change of an endpoint; what is left out stays.")
class UpdateWebhookEndpointInput:
    """Arguments of updateWebhookEndpoint."""

    webhook_endpoint_id: strawberry.ID = strawberry.field(description="The endpoint, by global id.")
    version: int = strawberry.field(description="Its version as read; another one answers Conflict.")
    url: str | None = strawberry.field(default=None, description="The partner's address.")
    types: list[str] | None = strawberry.field(default=None, description="All event types that it is told of.")
    description: str | None = strawberry.field(default=None, description="Whose it is, and what for.")
    active: bool | None = strawberry.field(default=None, description="False pauses it. True begins afresh, also after it was given up.")


UpdateWebhookEndpointResult = Annotated[
    WebhookEndpointSaved | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("UpdateWebhookEndpointResult", description="The endpoint, or why nothing was changed."),
]


async def update_webhook_endpoint(info: Info, input: UpdateWebhookEndpointInput) -> WebhookEndpointSaved | Problem:  # noqa: A002 - the argument's name in the schema
    """Change an endpoint."""
    given = {"url": input.url, "types": input.types, "description": input.description, "active": input.active}
    payload = {"version": input.version} | {name: value for name, value in given.items() if value is not None}
    try:
        changed = await info.context.clients.partners.change(read_endpoint(input.webhook_endpoint_id), payload)
        return WebhookEndpointSaved(webhook_endpoint=changed)
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=update_webhook_endpoint,
    graphql_type=UpdateWebhookEndpointResult,
    description="Change, pause or resume an endpoint. Needs the scope keys:write.",
)
