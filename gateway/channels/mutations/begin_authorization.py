"""beginAuthorization: begins to connect an account by signing in at its platform."""

from typing import Annotated

import strawberry

from gateway.channels.types import Authorization
from gateway.channels.values import (
    AuthorizationRefused,
    ChannelValue,
    PlatformUnreachable,
    RegistrationMissing,
    ValuesMissing,
    explained,
    values_of,
)
from gateway.context import Info
from gateway.conversations.mutations.post_reply import idempotency_key
from gateway.errors import GatewayError, ServiceProblemError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.views.authorizing import AuthorizationView


@strawberry.input(description="What to connect: `platform`, or `channelId` for a channel that needs new credentials.")
class BeginAuthorizationInput:
    """Arguments of beginAuthorization."""

    platform: str | None = strawberry.field(default=None, description="As Connector.platform.")
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="The channel to connect again, by global id.")
    name: str = strawberry.field(default="", description="What the company calls it, at most 200 characters; empty: the account's name.")
    credentials: list[ChannelValue] = strawberry.field(default_factory=list, description="What the platform does not tell; at most 40.")
    settings: list[ChannelValue] = strawberry.field(
        default_factory=list, description="Settings, with those that Connector.signIn asks for; at most 40."
    )
    return_to: str = strawberry.field(
        default="",
        description="The page that the person goes back to, with `authorization` and `code` in its query, for confirmAuthorization; on our "
        "own address or one of ALLOWED_ORIGINS. Empty: a page of ours shows the code.",
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Yours, at most 200 characters: the same one twice begins once."
    )


@strawberry.type(description="Open `url` in the person's browser: it holds for ten minutes, and once.")
class AuthorizationBegun:
    """Success."""

    url: str = strawberry.field(description="Where the person signs in; empty once the person was there.")
    authorization: AuthorizationView = strawberry.field(graphql_type=Authorization, description="To ask how it stands.")
    client_mutation_id: str | None = strawberry.field(description="As given.")


BeginAuthorizationResult = Annotated[
    AuthorizationBegun
    | ValuesMissing
    | RegistrationMissing
    | AuthorizationRefused
    | PlatformUnreachable
    | NotFound
    | Conflict
    | InvalidInput
    | NotAllowed,
    strawberry.union("BeginAuthorizationResult", description="The address, or why there is none."),
]


async def begin_authorization(info: Info, input: BeginAuthorizationInput) -> AuthorizationBegun | Problem:  # noqa: A002 - the argument's name in the schema
    """Begin to connect by signing in."""
    try:
        payload: dict[str, object] = {
            "name": input.name,
            "credentials": values_of(input.credentials),
            "config": values_of(input.settings),
        }
        if input.return_to:
            payload["return_to"] = input.return_to
        if input.platform is not None:
            payload["platform"] = input.platform
        if input.channel_id is not None:
            payload["channel_id"] = str(read_id_of(input.channel_id, type_name="Channel"))
        key = idempotency_key(input.client_mutation_id)
        begun = await info.context.clients.channels.begin_authorization(payload=payload, idempotency_key=key)
    except ServiceProblemError as error:
        return explained(error)
    except GatewayError as error:
        return problem_of(error)
    return AuthorizationBegun(url=begun.url, authorization=begun.authorization, client_mutation_id=input.client_mutation_id)


field = strawberry.mutation(
    resolver=begin_authorization,
    graphql_type=BeginAuthorizationResult,
    description="Begin to connect an account by signing in at its platform, or to give a channel new credentials. "
    "Needs the scope channels:write.",
)
