"""What can be done about people for good: one mutation, one file; `ErasureMutations` is their part of Mutation."""

import strawberry

from gateway.erasures.mutations import erase_contact


@strawberry.type
class ErasureMutations:
    """Part of Mutation."""

    erase_contact = erase_contact.field
