"""revokeApiKey: ends a key."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.keys.types import read_key
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of


@strawberry.input(description="Which key ends.")
class RevokeApiKeyInput:
    """Arguments of revokeApiKey."""

    key: strawberry.ID = strawberry.field(description="The key's key, as `apiKeys` shows it.")


@strawberry.type(description="The key and its access tokens are refused within two seconds.")
class ApiKeyRevoked:
    """Success."""

    key: strawberry.ID = strawberry.field(description="As given.")


RevokeApiKeyResult = Annotated[
    ApiKeyRevoked | NotFound | InvalidInput | NotAllowed,
    strawberry.union("RevokeApiKeyResult", description="That it ended, or why it did not."),
]


async def revoke_api_key(info: Info, input: RevokeApiKeyInput) -> ApiKeyRevoked | Problem:  # noqa: A002 - the argument's name in the schema
    """End a key."""
    try:
        await info.context.clients.keys.revoke(read_key(input.key))
    except GatewayError as error:
        return problem_of(error)
    return ApiKeyRevoked(key=input.key)


field = strawberry.mutation(
    resolver=revoke_api_key,
    graphql_type=RevokeApiKeyResult,
    description="Revoke an API key. Needs the scope keys:write.",
)
