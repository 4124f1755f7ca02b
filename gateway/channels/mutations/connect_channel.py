"""connectChannel: connects an account of the company on a platform."""

from typing import Annotated

import strawberry

from gateway.channels.values import ChannelValue, CredentialsRefused, PlatformUnreachable, ValuesMissing, explained, values_of
from gateway.context import Info
from gateway.conversations.mutations.post_reply import idempotency_key
from gateway.conversations.types import Channel
from gateway.errors import GatewayError, ServiceProblemError
from gateway.problems import Conflict, InvalidInput, NotAllowed, Problem, problem_of
from services.contracts.views import ChannelView


@strawberry.input(description="An account to connect. `connectors` says what its platform needs.")
class ConnectChannelInput:
    """Arguments of connectChannel."""

    platform: str = strawberry.field(description="As Connector.platform.")
    name: str = strawberry.field(description="What the company calls it; 1 to 200 characters.")
    credentials: list[ChannelValue] = strawberry.field(
        default_factory=list, description="The fields that are secret; at most 40. They are sealed and never shown again."
    )
    settings: list[ChannelValue] = strawberry.field(default_factory=list, description="The other fields; at most 40.")
    check: bool = strawberry.field(
        default=False, description="Ask the platform first if the credentials work, where it can be asked; takes some seconds."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Yours, at most 200 characters: the same one twice connects once."
    )


@strawberry.type(description="The channel is connected: it receives from now on.")
class ChannelConnected:
    """Success."""

    channel: ChannelView = strawberry.field(graphql_type=Channel, description="The channel.")
    signing_secret: str | None = strawberry.field(
        description="What proves its deliveries, where it is ours to make: give it to the platform now, it is not shown again."
    )
    client_mutation_id: str | None = strawberry.field(description="As given.")


ConnectChannelResult = Annotated[
    ChannelConnected | ValuesMissing | CredentialsRefused | PlatformUnreachable | InvalidInput | Conflict | NotAllowed,
    strawberry.union("ConnectChannelResult", description="The channel, or why nothing was connected."),
]


async def connect_channel(info: Info, input: ConnectChannelInput) -> ChannelConnected | Problem:  # noqa: A002 - the argument's name in the schema
    """Connect an account."""
    try:
        payload = {
            "platform": input.platform,
            "name": input.name,
            "credentials": values_of(input.credentials),
            "config": values_of(input.settings),
            "check": input.check,
        }
        key = idempotency_key(input.client_mutation_id)
        made = await info.context.clients.channels.connect(payload=payload, idempotency_key=key)
    except ServiceProblemError as error:
        return explained(error)
    except GatewayError as error:
        return problem_of(error)
    return ChannelConnected(channel=made.channel, signing_secret=made.signing_secret, client_mutation_id=input.client_mutation_id)


field = strawberry.mutation(
    resolver=connect_channel,
    graphql_type=ConnectChannelResult,
    description="Connect an account of the company. Needs the scope channels:write.",
)
