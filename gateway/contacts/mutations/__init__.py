"""How people are entered: one mutation, one file; `ContactMutations` is their part of Mutation."""

import strawberry

from gateway.contacts.mutations import add_contact, add_contact_profile, save_contact_by_reference, save_profile


@strawberry.type
class ContactMutations:
    """Part of Mutation."""

    add_contact = add_contact.field
    add_contact_profile = add_contact_profile.field
    save_profile = save_profile.field
    save_contact_by_reference = save_contact_by_reference.field
