"""mergeContacts: makes two contacts one."""

import strawberry

from gateway.context import Info
from gateway.merging.merging import ContactsRedrawn, MergeResult, read_contact, redraw
from gateway.problems import Problem
from gateway.relay import read_id_of
from services.contracts.ids import ContactId
from services.contracts.views import MergeView


@strawberry.input(description="Two contacts that are one person.")
class MergeContactsInput:
    """Arguments of mergeContacts."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    other_contact_id: strawberry.ID = strawberry.field(description="The other, by global id.")
    survivor_id: strawberry.ID | None = strawberry.field(default=None, description="Whose id is kept; null: of `contactId`.")
    version: int | None = strawberry.field(default=None, description="The contact's version as read; another one answers Stale. Null: any.")
    other_version: int | None = strawberry.field(default=None, description="The other's version as read. Null: any.")
    reason: str = strawberry.field(default="", description="Why; at most 1,000 characters.")


async def merge_contacts(info: Info, input: MergeContactsInput) -> ContactsRedrawn | Problem:  # noqa: A002 - the argument's name in the schema
    """Makes two contacts one."""

    async def act() -> MergeView:
        payload = {
            "contact_id": read_contact(input.other_contact_id),
            "survivor_id": read_contact(input.survivor_id),
            "reason": input.reason,
            "version": input.other_version,
        }
        contact = ContactId(read_id_of(input.contact_id, type_name="Contact"))
        return await info.context.clients.merging.merge(contact, payload=payload, version=input.version)

    return await redraw(act)


field = strawberry.mutation(
    resolver=merge_contacts,
    graphql_type=MergeResult,
    description="Make two contacts one; what is said of either holds of both. The absorbed id keeps answering. "
    "Needs the scope contacts:write.",
)
