"""Loaders of what is kept of people. Called by resolvers through `Loaders`."""

from functools import cached_property

from gateway.clients.facts import FactClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader
from services.contracts.views.facts import (
    AttributeDefinitionView,
    AttributeView,
    ContactLabelView,
    ContactNoteView,
    KindView,
    RelationView,
)


class KindsByContactLoader(ByIdLoader[list[KindView]]):
    """What a contact is to the company."""


class LabelsByContactLoader(ByIdLoader[list[ContactLabelView]]):
    """A contact's labels."""


class AttributesByContactLoader(ByIdLoader[list[AttributeView]]):
    """A contact's values."""


class NotesByContactLoader(ByIdLoader[list[ContactNoteView]]):
    """The notes on a contact."""


class RelationsByContactLoader(ByIdLoader[list[RelationView]]):
    """How a contact stands to venues."""


class ContactNoteByIdLoader(ByIdLoader[ContactNoteView | None]):
    """Notes."""


class ContactLabelsByCallerLoader(OneByOneLoader[None, list[ContactLabelView]]):
    """The workspace's labels for people."""


class DefinitionsByCallerLoader(OneByOneLoader[None, list[AttributeDefinitionView]]):
    """The workspace's own attributes."""


class FactLoaders:
    """Part of Loaders."""

    _facts: FactClient

    @cached_property
    def kinds_by_contact(self) -> KindsByContactLoader:
        """Keys: contact ids."""
        return KindsByContactLoader(self._facts.kinds_by_contact_ids)

    @cached_property
    def labels_by_contact(self) -> LabelsByContactLoader:
        """Keys: contact ids."""
        return LabelsByContactLoader(self._facts.labels_by_contact_ids)

    @cached_property
    def attributes_by_contact(self) -> AttributesByContactLoader:
        """Keys: contact ids."""
        return AttributesByContactLoader(self._facts.attributes_by_contact_ids)

    @cached_property
    def notes_by_contact(self) -> NotesByContactLoader:
        """Keys: contact ids."""
        return NotesByContactLoader(self._facts.notes_by_contact_ids)

    @cached_property
    def relations_by_contact(self) -> RelationsByContactLoader:
        """Keys: contact ids."""
        return RelationsByContactLoader(self._facts.relations_by_contact_ids)

    @cached_property
    def contact_note_by_id(self) -> ContactNoteByIdLoader:
        """Keys: note ids."""
        return ContactNoteByIdLoader(self._facts.notes_by_ids)

    @cached_property
    def contact_labels_by_caller(self) -> ContactLabelsByCallerLoader:
        """Key: None."""
        return ContactLabelsByCallerLoader(lambda _key: self._facts.labels())

    @cached_property
    def definitions_by_caller(self) -> DefinitionsByCallerLoader:
        """Key: None."""
        return DefinitionsByCallerLoader(lambda _key: self._facts.definitions())
