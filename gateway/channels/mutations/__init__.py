"""What can be changed here: one mutation, one file."""

import strawberry

from gateway.channels.mutations import (
    begin_authorization,
    choose_accounts,
    confirm_authorization,
    connect_channel,
    disconnect_channel,
    keep_registration,
    subscribe_channel,
    update_channel,
)


@strawberry.type
class ChannelMutations:
    """Part of Mutation."""

    connect_channel = connect_channel.field
    update_channel = update_channel.field
    disconnect_channel = disconnect_channel.field
    begin_authorization = begin_authorization.field
    confirm_authorization = confirm_authorization.field
    choose_accounts = choose_accounts.field
    keep_registration = keep_registration.field
    subscribe_channel = subscribe_channel.field
