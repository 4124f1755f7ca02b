"""What can be changed here: one mutation, one file."""

import strawberry

from gateway.handling.mutations import (
    block_profile,
    link_conversations,
    mark_spam,
    merge_conversations,
    split_conversation,
    start_bulk_action,
)


@strawberry.type
class HandlingMutations:
    """Part of Mutation."""

    merge_conversations = merge_conversations.field
    split_conversation = split_conversation.field
    link_conversations = link_conversations.field
    mark_spam = mark_spam.field
    block_profile = block_profile.field
    start_bulk_action = start_bulk_action.field
