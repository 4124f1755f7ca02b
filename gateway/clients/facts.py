"""Calls to identity about what is kept of people. Called by the loaders and mutations of `facts`."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode
from uuid import UUID

from gateway.clients.service import Service, whole_list
from services.contracts.ids import ContactId, ContactLabelId, ContactNoteId
from services.contracts.views.facts import (
    AttributeDefinitionView,
    AttributeView,
    ContactLabelView,
    ContactNoteView,
    KindView,
    RelationView,
)
from services.contracts.vocabulary import StakeholderKind

Payload = Mapping[str, object]


class FactClient:
    """What a company keeps of its people."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def kinds_by_contact_ids(self, ids: list[UUID]) -> list[list[KindView]]:
        """The kinds of each contact."""
        return await self._service.batch("/internal/kinds/by-contact-ids", ids, expect=list[list[KindView]])

    async def labels_by_contact_ids(self, ids: list[UUID]) -> list[list[ContactLabelView]]:
        """The labels of each contact."""
        return await self._service.batch("/internal/contact-labels/by-contact-ids", ids, expect=list[list[ContactLabelView]])

    async def attributes_by_contact_ids(self, ids: list[UUID]) -> list[list[AttributeView]]:
        """The values of each contact."""
        return await self._service.batch("/internal/attributes/by-contact-ids", ids, expect=list[list[AttributeView]])

    async def notes_by_contact_ids(self, ids: list[UUID]) -> list[list[ContactNoteView]]:
        """The notes on each contact."""
        return await self._service.batch("/internal/notes/by-contact-ids", ids, expect=list[list[ContactNoteView]])

    async def relations_by_contact_ids(self, ids: list[UUID]) -> list[list[RelationView]]:
        """How each contact stands to venues."""
        return await self._service.batch("/internal/relations/by-contact-ids", ids, expect=list[list[RelationView]])

    async def notes_by_ids(self, ids: list[UUID]) -> list[ContactNoteView | None]:
        """The notes."""
        return await self._service.batch("/internal/notes/by-ids", ids, expect=list[ContactNoteView | None])

    async def labels(self) -> list[ContactLabelView]:
        """The workspace's list."""
        return await whole_list(self._service, "/v1/contact-labels", item=ContactLabelView)

    async def definitions(self) -> list[AttributeDefinitionView]:
        """The workspace's own attributes."""
        return await whole_list(self._service, "/v1/contact-attributes", item=AttributeDefinitionView)

    async def set_kind(self, contact: ContactId, kind: StakeholderKind, *, payload: Payload, version: int | None) -> None:
        """Payload: network, since, until."""
        await self._change("PUT", f"/v1/contacts/{contact}/kinds/{kind}", payload=payload, version=version)

    async def remove_kind(self, contact: ContactId, kind: StakeholderKind, *, network: str, version: int | None) -> None:
        """On one network, or the one said of all."""
        path = f"/v1/contacts/{contact}/kinds/{kind}?{urlencode({'network': network})}"
        await self._change("DELETE", path, version=version)

    async def set_attributes(self, contact: ContactId, *, values: Payload, version: int | None) -> None:
        """Values by key; None takes one away."""
        await self._change("PATCH", f"/v1/contacts/{contact}/attributes", payload={"values": values}, version=version)

    async def give_label(self, contact: ContactId, label: ContactLabelId, *, version: int | None) -> None:
        """Give a contact a label."""
        await self._change("PUT", f"/v1/contacts/{contact}/labels/{label}", version=version)

    async def take_label(self, contact: ContactId, label: ContactLabelId, *, version: int | None) -> None:
        """Take a label from a contact."""
        await self._change("DELETE", f"/v1/contacts/{contact}/labels/{label}", version=version)

    async def save_label(self, label: ContactLabelId | None, *, payload: Payload, version: int | None) -> ContactLabelView:
        """Make a label, or change one; payload: name, colour, offered."""
        method, path = ("POST", "/v1/contact-labels") if label is None else ("PATCH", f"/v1/contact-labels/{label}")
        return await self._service.ask(method, path, expect=ContactLabelView, payload=payload, headers=_seen(version))

    async def delete_label(self, label: ContactLabelId) -> None:
        """Take it from everybody and from the list."""
        await self._service.tell("DELETE", f"/v1/contact-labels/{label}")

    async def save_definition(self, key: str, *, payload: Payload, version: int | None) -> AttributeDefinitionView:
        """Define an attribute where payload names a type, else change one."""
        new = "type" in payload
        method, path = ("POST", "/v1/contact-attributes") if new else ("PATCH", f"/v1/contact-attributes/{quote(key, safe='')}")
        return await self._service.ask(method, path, expect=AttributeDefinitionView, payload=payload, headers=_seen(version))

    async def delete_definition(self, key: str) -> None:
        """With everybody's values."""
        await self._service.tell("DELETE", f"/v1/contact-attributes/{quote(key, safe='')}")

    async def save_note(self, contact: ContactId, note: ContactNoteId | None, *, payload: Payload, version: int | None) -> ContactNoteView:
        """Add a note, or change one; payload: text, pinned."""
        path = f"/v1/contacts/{contact}/notes"
        method, path = ("POST", path) if note is None else ("PATCH", f"{path}/{note}")
        return await self._service.ask(method, path, expect=ContactNoteView, payload=payload, headers=_seen(version))

    async def delete_note(self, contact: ContactId, note: ContactNoteId, *, version: int | None) -> None:
        """Forget its words."""
        await self._service.tell("DELETE", f"/v1/contacts/{contact}/notes/{note}", headers=_seen(version))

    async def _change(self, method: str, path: str, *, payload: Payload | None = None, version: int | None) -> None:
        await self._service.tell(method, path, payload=payload, headers=_seen(version))


def _seen(version: int | None) -> list[tuple[str, str]]:
    return [] if version is None else [("if-match", f'"{version}"')]
