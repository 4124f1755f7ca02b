"""What can be changed here: one mutation, one file."""

import strawberry

from gateway.channels.mutations import connect_channel, disconnect_channel, update_channel


@strawberry.type
class ChannelMutations:
    """Part of Mutation."""

    connect_channel = connect_channel.field
    update_channel = update_channel.field
    disconnect_channel = disconnect_channel.field
