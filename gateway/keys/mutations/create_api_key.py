"""createApiKey: makes a key, whose token is shown this once."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.keys.types import ApiKey
from gateway.problems import Conflict, InvalidInput, NotAllowed, Problem, problem_of
from services.contracts.views.keys import KeyView


@strawberry.input(description="A key to make.")
class CreateApiKeyInput:
    """Arguments of createApiKey."""

    name: str = strawberry.field(description="What it is for.")
    scopes: list[str] = strawberry.field(description="What it may, such as contacts:read; 1 to 50, none that you have not.")
    expires_at: datetime | None = strawberry.field(default=None, description="When it ends; null: never.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key again makes no second one.")


@strawberry.type(description="The key is good from now on.")
class ApiKeyCreated:
    """Success."""

    api_key: KeyView = strawberry.field(graphql_type=ApiKey, description="The key.")
    token: str = strawberry.field(description="The secret. Shown this once: keep it safe.")


CreateApiKeyResult = Annotated[
    ApiKeyCreated | Conflict | InvalidInput | NotAllowed,
    strawberry.union("CreateApiKeyResult", description="The key with its token, or why none was made."),
]


async def create_api_key(info: Info, input: CreateApiKeyInput) -> ApiKeyCreated | Problem:  # noqa: A002 - the argument's name in the schema
    """Make a key."""
    payload = {"name": input.name, "scopes": input.scopes, "expires_at": input.expires_at}
    try:
        made = await info.context.clients.keys.create(payload, idempotency_key=input.idempotency_key)
    except GatewayError as error:
        return problem_of(error)
    return ApiKeyCreated(api_key=made.key, token=made.token)


field = strawberry.mutation(
    resolver=create_api_key,
    graphql_type=CreateApiKeyResult,
    description="Make an API key. Needs the scope keys:write.",
)
