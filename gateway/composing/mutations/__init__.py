"""What can be changed about writing: one mutation, one file; `ComposingMutations` is their part of Mutation."""

import strawberry

from gateway.composing.mutations import (
    approve_reply,
    begin_conversation,
    delete_draft,
    reject_reply,
    save_draft,
    set_approval_rule,
)


@strawberry.type
class ComposingMutations:
    """Part of Mutation."""

    save_draft = save_draft.field
    delete_draft = delete_draft.field
    approve_reply = approve_reply.field
    reject_reply = reject_reply.field
    set_approval_rule = set_approval_rule.field
    begin_conversation = begin_conversation.field
