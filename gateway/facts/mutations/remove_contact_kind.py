"""removeContactKind: takes back what a contact was said to be."""

import strawberry

from gateway.context import Info
from gateway.facts.changing import ChangeContactResult, ContactChanged, change_contact
from gateway.problems import Problem
from gateway.vocabulary import StakeholderKind
from services.contracts.ids import ContactId


@strawberry.input(description="A kind that a contact is not.")
class RemoveContactKindInput:
    """Arguments of removeContactKind."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    kind: StakeholderKind = strawberry.field(description="The kind.")
    network: str = strawberry.field(default="", description="On which network; empty: the one said of all.")
    version: int | None = strawberry.field(default=None, description="The contact's version as read; another one answers Stale. Null: any.")


async def remove_contact_kind(info: Info, input: RemoveContactKindInput) -> ContactChanged | Problem:  # noqa: A002 - the argument's name in the schema
    """Takes back what a contact was said to be."""

    async def act(contact: ContactId) -> None:
        await info.context.clients.facts.remove_kind(contact, input.kind, network=input.network, version=input.version)

    return await change_contact(info, input.contact_id, act)


field = strawberry.mutation(
    resolver=remove_contact_kind,
    graphql_type=ChangeContactResult,
    description="Take back what a contact was said to be; setContactKind says that it is over. Needs the scope contacts:write.",
)
