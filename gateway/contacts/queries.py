"""Queries for contacts. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated

import strawberry

from gateway.contacts.types import Contact, ContactCounts
from gateway.context import Info
from gateway.loaders import ContactsPageKey
from gateway.relay import After, Connection, First, Identifying, check_moment, read_after, read_first, read_id_of
from services.contracts.views import ContactCountsView, ContactView, PageView

Search = Annotated[
    str | None,
    strawberry.argument(
        description="The beginning of a name or handle, or a whole e-mail address or phone number; at most 254 characters."
    ),
]
Since = Annotated[
    datetime | None,
    strawberry.argument(
        description="Only those changed since, for keeping a copy in step; not together with `query`. Ask again from a minute before "
        "the last `changedAt` that you saw: what was changed at one moment need not become visible in that order."
    ),
]


def find_contact(info: Info, id: Identifying) -> Awaitable[ContactView | None]:  # noqa: A002 - the argument's name in the schema
    """One contact, or null where there is none that the caller may see."""
    return info.context.loaders.contact_by_id.load(read_id_of(id, type_name="Contact"))


def list_contacts(
    info: Info, first: First = 20, after: After = None, *, query: Search = None, updated_since: Since = None
) -> Awaitable[PageView[ContactView]]:
    """The workspace's contacts."""
    key = ContactsPageKey(read_first(first), read_after(after), query, None if updated_since is None else check_moment(updated_since))
    return info.context.loaders.contacts_by_page.load(key)


def count_contacts(info: Info) -> Awaitable[ContactCountsView]:
    """How many there are."""
    return info.context.loaders.contact_counts.load(None)


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
        description="The people the company knows, newest first; those changed since, longest ago first. At most 100 a page.",
    )
    contact_counts = strawberry.field(
        resolver=count_contacts,
        graphql_type=ContactCounts,
        description="How many people the company knows, and how many only as followers and the like.",
    )
