"""subscribeChannel: lets a channel's platform be told once more where to deliver."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import ChannelHealth
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ChannelId
from services.contracts.views.sending import ChannelHealthView


@strawberry.input(description="A channel whose platform is to be told where to deliver.")
class SubscribeChannelInput:
    """Arguments of subscribeChannel."""

    channel_id: strawberry.ID = strawberry.field(description="The channel, by global id.")


@strawberry.type(description="The platform is told within seconds.")
class ChannelSubscribed:
    """Success."""

    health: ChannelHealthView = strawberry.field(
        graphql_type=ChannelHealth, description="How the channel fares; `subscription` is WAITING until the platform was told."
    )


SubscribeChannelResult = Annotated[
    ChannelSubscribed | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SubscribeChannelResult", description="The channel, or why its platform is not told."),
]


async def subscribe_channel(info: Info, input: SubscribeChannelInput) -> ChannelSubscribed | Problem:  # noqa: A002 - the argument's name in the schema
    """Let the platform be told."""
    try:
        channel = ChannelId(read_id_of(input.channel_id, type_name="Channel"))
        return ChannelSubscribed(health=await info.context.clients.channels.subscribe(channel))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=subscribe_channel,
    graphql_type=SubscribeChannelResult,
    description="Let a channel's platform be told where to deliver, where it wants to be told by a call. It happens by itself when a "
    "channel is connected or its secrets change: this repeats it, after what stood in the way is gone. Needs the scope channels:write.",
)
