"""disconnectChannel: ends a channel for good."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.types import Channel
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ChannelId
from services.contracts.views import ChannelView


@strawberry.input(description="A channel to end.")
class DisconnectChannelInput:
    """Arguments of disconnectChannel."""

    channel_id: strawberry.ID = strawberry.field(description="The channel, by global id.")


@strawberry.type(description="Nothing comes in or goes out any more, and its credentials are forgotten.")
class ChannelDisconnected:
    """Success."""

    channel: ChannelView = strawberry.field(graphql_type=Channel, description="The channel, as it stays for its history.")


DisconnectChannelResult = Annotated[
    ChannelDisconnected | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("DisconnectChannelResult", description="The channel, or why it goes on."),
]


async def disconnect_channel(info: Info, input: DisconnectChannelInput) -> ChannelDisconnected | Problem:  # noqa: A002 - the argument's name in the schema
    """End a channel."""
    try:
        channel = ChannelId(read_id_of(input.channel_id, type_name="Channel"))
        return ChannelDisconnected(channel=await info.context.clients.channels.disconnect(channel))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=disconnect_channel,
    graphql_type=DisconnectChannelResult,
    description="End a channel for good: its history stays, and the account can be connected again as a new channel. One with replies "
    "still to be sent answers Conflict. To stop for a while, pause it by updateChannel. Needs the scope channels:write.",
)
