"""What the mutations of partner webhooks have in common: their results, and how ids are read. Called by the mutations."""

from typing import Annotated

import strawberry

from gateway.partners.types import WebhookEndpoint
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound
from gateway.relay import read_id_of
from services.contracts.ids import WebhookEndpointId
from services.contracts.views import WebhookEndpointView


@strawberry.type(description="The endpoint is as wished, with the secret that signs from now on.")
class WebhookEndpointSigned:
    """Success that shows a secret."""

    webhook_endpoint: WebhookEndpointView = strawberry.field(graphql_type=WebhookEndpoint, description="The endpoint.")
    secret: str = strawberry.field(description="By which the partner checks signatures (Standard Webhooks). Shown this once: keep it safe.")


@strawberry.type(description="The endpoint is as wished.")
class WebhookEndpointSaved:
    """Success."""

    webhook_endpoint: WebhookEndpointView = strawberry.field(graphql_type=WebhookEndpoint, description="The endpoint, as it stands now.")


SignedEndpointResult = Annotated[
    WebhookEndpointSigned | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SignedWebhookEndpointResult", description="The endpoint and its secret, or why nothing was changed."),
]


def read_endpoint(given: strawberry.ID) -> WebhookEndpointId:
    """The id of an endpoint. Raises MalformedInputError."""
    return WebhookEndpointId(read_id_of(given, type_name="WebhookEndpoint"))
