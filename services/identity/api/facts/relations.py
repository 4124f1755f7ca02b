"""The endpoint of a contact's relations: what they follow, like and reviewed, with the dates."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from services.contracts.ids import ContactId
from services.contracts.views.facts import RelationView
from services.identity.contacts import get_contact
from services.identity.facts.relations import relations_of_contacts
from services.identity.parts import PartsOf
from services.kit.access import Caller, require
from services.kit.pagination import Page

router = APIRouter(tags=["people"])
Reader = Annotated[Caller, Depends(require("contacts:read"))]


@router.get("/v1/contacts/{contact_id}/relations")
async def list_relations(contact_id: UUID, caller: Reader, parts: PartsOf) -> Page[RelationView]:
    """What the contact follows, likes and reviewed, what changed last first; at most 100, on one page. `until`: it is over."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        contact = await get_contact(connection, caller.workspace_id, ContactId(contact_id))
        (relations,) = await relations_of_contacts(connection, caller.workspace_id, [contact.id])
    return Page(items=relations)
