"""What can be done about people for good: one mutation, one file; `ErasureMutations` is their part of Mutation."""

import strawberry

from gateway.erasures.mutations import erase_contact, export_contact, hold_contact, release_contact, set_retention


@strawberry.type
class ErasureMutations:
    """Part of Mutation."""

    erase_contact = erase_contact.field
    export_contact = export_contact.field
    hold_contact = hold_contact.field
    release_contact = release_contact.field
    set_retention = set_retention.field
