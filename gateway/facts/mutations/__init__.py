"""What can be changed about people: one mutation, one file; `FactMutations` is their part of Mutation."""

import strawberry

from gateway.facts.mutations import (
    change_contact_labels,
    delete_contact_attribute,
    delete_contact_label,
    delete_contact_note,
    remove_contact_kind,
    save_contact_attribute,
    save_contact_label,
    save_contact_note,
    set_contact_attributes,
    set_contact_kind,
)


@strawberry.type
class FactMutations:
    """Part of Mutation."""

    change_contact_labels = change_contact_labels.field
    delete_contact_attribute = delete_contact_attribute.field
    delete_contact_label = delete_contact_label.field
    delete_contact_note = delete_contact_note.field
    remove_contact_kind = remove_contact_kind.field
    save_contact_attribute = save_contact_attribute.field
    save_contact_label = save_contact_label.field
    save_contact_note = save_contact_note.field
    set_contact_attributes = set_contact_attributes.field
    set_contact_kind = set_contact_kind.field
