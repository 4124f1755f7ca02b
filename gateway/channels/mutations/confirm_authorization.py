"""confirmAuthorization: connects what a platform granted, by the code that the person was shown who came back."""

from typing import Annotated

import strawberry

from gateway.channels.types import Authorization
from gateway.channels.values import ValuesMissing, explained
from gateway.context import Info
from gateway.errors import GatewayError, ServiceProblemError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.views.authorizing import AuthorizationView


@strawberry.input(description="The code that the person was shown who came back from the platform.")
class ConfirmAuthorizationInput:
    """Arguments of confirmAuthorization."""

    authorization_key: strawberry.ID = strawberry.field(description="The authorization, as Authorization.key.")
    code: str = strawberry.field(description="From our page, or from the query of `returnTo`; at most 40 characters.")


@strawberry.type(description="The account is connected; of several, some are to be chosen now.")
class AuthorizationConfirmed:
    """Success."""

    authorization: AuthorizationView = strawberry.field(
        graphql_type=Authorization, description="With its channels, or its accounts to choose from."
    )


ConfirmAuthorizationResult = Annotated[
    AuthorizationConfirmed | ValuesMissing | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("ConfirmAuthorizationResult", description="What is connected, or why nothing is."),
]


async def confirm_authorization(info: Info, input: ConfirmAuthorizationInput) -> AuthorizationConfirmed | Problem:  # noqa: A002 - the argument's name in the schema
    """Connect what was granted."""
    try:
        authorization = read_id_of(input.authorization_key, type_name="Authorization")
        confirmed = await info.context.clients.channels.confirm_authorization(authorization, code=input.code)
    except ServiceProblemError as error:
        return explained(error)
    except GatewayError as error:
        return problem_of(error)
    return AuthorizationConfirmed(authorization=confirmed)


field = strawberry.mutation(
    resolver=confirm_authorization,
    graphql_type=ConfirmAuthorizationResult,
    description="Connect what a platform granted to an authorization of the caller's: the person who came back has the code. "
    "Needs the scope channels:write.",
)
