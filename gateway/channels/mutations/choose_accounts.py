"""chooseAccounts: connects accounts that a platform granted."""

from typing import Annotated

import strawberry

from gateway.channels.types import Authorization
from gateway.channels.values import ValuesMissing, explained
from gateway.context import Info
from gateway.errors import GatewayError, ServiceProblemError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.views.authorizing import AuthorizationView


@strawberry.input(description="Which of the accounts granted to connect.")
class ChooseAccountsInput:
    """Arguments of chooseAccounts."""

    authorization_key: strawberry.ID = strawberry.field(description="The authorization, as Authorization.key.")
    accounts: list[str] = strawberry.field(description="As GrantedAccount.account; 1 to 200, and one where a channel is connected again.")


@strawberry.type(description="The accounts are connected.")
class AccountsChosen:
    """Success."""

    authorization: AuthorizationView = strawberry.field(graphql_type=Authorization, description="With its channels.")


ChooseAccountsResult = Annotated[
    AccountsChosen | ValuesMissing | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("ChooseAccountsResult", description="What is connected, or why nothing is."),
]


async def choose_accounts(info: Info, input: ChooseAccountsInput) -> AccountsChosen | Problem:  # noqa: A002 - the argument's name in the schema
    """Connect these accounts."""
    try:
        authorization = read_id_of(input.authorization_key, type_name="Authorization")
        chosen = await info.context.clients.channels.choose_accounts(authorization, accounts=input.accounts)
    except ServiceProblemError as error:
        return explained(error)
    except GatewayError as error:
        return problem_of(error)
    return AccountsChosen(authorization=chosen)


field = strawberry.mutation(
    resolver=choose_accounts,
    graphql_type=ChooseAccountsResult,
    description="Connect accounts that the platform granted to an authorization of the caller's. Needs the scope channels:write.",
)
