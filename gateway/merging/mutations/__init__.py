"""What members say about who is one person: one mutation, one file; `MergingMutations` is their part of Mutation."""

import strawberry

from gateway.merging.mutations import (
    accept_suggestion,
    detach_profile,
    merge_contacts,
    reject_suggestion,
    reopen_suggestion,
    undo_merge,
)


@strawberry.type
class MergingMutations:
    """Part of Mutation."""

    accept_suggestion = accept_suggestion.field
    detach_profile = detach_profile.field
    merge_contacts = merge_contacts.field
    reject_suggestion = reject_suggestion.field
    reopen_suggestion = reopen_suggestion.field
    undo_merge = undo_merge.field
