"""keepRegistration: gives the company a registration of its own at a platform's house, or forgets it."""

from typing import Annotated

import strawberry

from gateway.channels.values import ChannelValue, values_of
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import InvalidInput, NotAllowed, Problem, problem_of


@strawberry.input(description="What the platform gave when the company registered there.")
class KeepRegistrationInput:
    """Arguments of keepRegistration."""

    app: str = strawberry.field(description="As ConnectorSignIn.app.")
    values: list[ChannelValue] | None = strawberry.field(
        default=None, description="Such as client_id and client_secret, sealed and never shown again; null forgets them."
    )


@strawberry.type(description="Accounts are connected by this registration from now on; by the deployment's, where it was forgotten.")
class RegistrationKept:
    """Success."""

    app: str = strawberry.field(description="As given.")


KeepRegistrationResult = Annotated[
    RegistrationKept | InvalidInput | NotAllowed,
    strawberry.union("KeepRegistrationResult", description="That it is so, or why it is not."),
]


async def keep_registration(info: Info, input: KeepRegistrationInput) -> RegistrationKept | Problem:  # noqa: A002 - the argument's name in the schema
    """Keep or forget."""
    channels = info.context.clients.channels
    try:
        if input.values is None:
            await channels.forget_registration(input.app)
        else:
            await channels.keep_registration(input.app, values=values_of(input.values))
    except GatewayError as error:
        return problem_of(error)
    return RegistrationKept(app=input.app)


field = strawberry.mutation(
    resolver=keep_registration,
    graphql_type=KeepRegistrationResult,
    description="Give the company a registration of its own at a platform's house, or forget it. Needs the scope operations:write.",
)
