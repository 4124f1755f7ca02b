"""What can be changed about writing: one mutation, one file; `ComposingMutations` is their part of Mutation."""

import strawberry

from gateway.composing.mutations import (
    accept_peer_answer,
    answer_elsewhere,
    approve_reply,
    begin_conversation,
    delete_canned_reply,
    delete_draft,
    make_promise,
    moderate_interaction,
    reject_reply,
    retry_reply,
    save_canned_reply,
    save_draft,
    set_approval_rule,
    set_business_hours,
    settle_promise,
    take_back_decline,
)


@strawberry.type
class ComposingMutations:
    """Part of Mutation."""

    accept_peer_answer = accept_peer_answer.field
    answer_elsewhere = answer_elsewhere.field
    approve_reply = approve_reply.field
    begin_conversation = begin_conversation.field
    delete_canned_reply = delete_canned_reply.field
    delete_draft = delete_draft.field
    make_promise = make_promise.field
    moderate_interaction = moderate_interaction.field
    reject_reply = reject_reply.field
    retry_reply = retry_reply.field
    save_canned_reply = save_canned_reply.field
    save_draft = save_draft.field
    set_approval_rule = set_approval_rule.field
    set_business_hours = set_business_hours.field
    settle_promise = settle_promise.field
    take_back_decline = take_back_decline.field
