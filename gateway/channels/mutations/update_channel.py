"""updateChannel: renames, pauses, resumes a channel, or gives it other credentials and settings."""

from typing import Annotated

import strawberry

from gateway.channels.values import ChannelValue, CredentialsRefused, PlatformUnreachable, ValuesMissing, explained, values_of
from gateway.context import Info
from gateway.conversations.types import Channel
from gateway.errors import GatewayError, ServiceProblemError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ChannelId
from services.contracts.views import ChannelView


@strawberry.input(description="What to change of a channel; what is null stays.")
class UpdateChannelInput:
    """Arguments of updateChannel."""

    channel_id: strawberry.ID = strawberry.field(description="The channel, by global id.")
    name: str | None = strawberry.field(default=None, description="What the company calls it; 1 to 200 characters.")
    active: bool | None = strawberry.field(default=None, description="Whether it receives and sends; false pauses it.")
    credentials: list[ChannelValue] | None = strawberry.field(
        default=None, description="Those to replace; at most 40. A new signing_secret keeps the old one valid beside it."
    )
    settings: list[ChannelValue] | None = strawberry.field(
        default=None, description="All settings from now on: what is not among them is gone; at most 40."
    )
    check: bool = strawberry.field(
        default=False,
        description="Ask the platform first if new credentials and settings work, where it can be asked; takes some seconds.",
    )


@strawberry.type(description="The channel is as wished.")
class ChannelUpdated:
    """Success."""

    channel: ChannelView = strawberry.field(graphql_type=Channel, description="The channel, as it stands now.")


UpdateChannelResult = Annotated[
    ChannelUpdated | ValuesMissing | CredentialsRefused | PlatformUnreachable | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("UpdateChannelResult", description="The channel, or why nothing changed."),
]


async def update_channel(info: Info, input: UpdateChannelInput) -> ChannelUpdated | Problem:  # noqa: A002 - the argument's name in the schema
    """Change a channel."""
    try:
        channel = ChannelId(read_id_of(input.channel_id, type_name="Channel"))
        wished = {
            "name": input.name,
            "active": input.active,
            "credentials": None if input.credentials is None else values_of(input.credentials),
            "config": None if input.settings is None else values_of(input.settings),
        }
        payload = {name: value for name, value in wished.items() if value is not None}
        if input.check:
            payload["check"] = True
        return ChannelUpdated(channel=await info.context.clients.channels.change(channel, payload=payload))
    except ServiceProblemError as error:
        return explained(error)
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=update_channel,
    graphql_type=UpdateChannelResult,
    description="Change a channel. One that was disconnected answers Conflict. Needs the scope channels:write.",
)
