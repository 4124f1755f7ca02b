"""Queries for contacts. Called by the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.contacts.types import Contact
from gateway.context import Info
from gateway.loaders import PeoplePageKey
from gateway.relay import After, Connection, First, Identifying, read_after, read_first, read_id_of
from services.contracts.views import ContactView, PageView


def find_contact(info: Info, id: Identifying) -> Awaitable[ContactView | None]:  # noqa: A002 - the argument's name in the schema
    """One contact, or null where there is none that the caller may see."""
    return info.context.loaders.contact_by_id.load(read_id_of(id, type_name="Contact"))


def list_contacts(info: Info, first: First = 20, after: After = None) -> Awaitable[PageView[ContactView]]:
    """The workspace's contacts."""
    key = PeoplePageKey(read_first(first), read_after(after))
    return info.context.loaders.contacts_by_page.load(key)


@strawberry.type
class ContactQueries:
    """Part of Query."""

    contact = strawberry.field(
        resolver=find_contact,
        graphql_type=Contact | None,
        description="One person. Null where there is none. An id absorbed by a merge answers with the survivor.",
    )
    contacts = strawberry.field(
        resolver=list_contacts,
        graphql_type=Connection[Contact],
        description="The people the company knows, newest first. At most 100 a page.",
    )
