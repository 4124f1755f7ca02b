"""changeContactLabels: gives a contact a label, or takes one away."""

import strawberry

from gateway.context import Info
from gateway.errors import MalformedInputError
from gateway.facts.changing import ChangeContactResult, ContactChanged, change_contact
from gateway.problems import Problem
from gateway.relay import read_id_of
from services.contracts.ids import ContactId, ContactLabelId


@strawberry.input(description="A label to give, or to take away: one of the two.")
class ChangeContactLabelsInput:
    """Arguments of changeContactLabels."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    add_label_id: strawberry.ID | None = strawberry.field(default=None, description="The label to give, by global id.")
    remove_label_id: strawberry.ID | None = strawberry.field(default=None, description="The label to take away, by global id.")
    version: int | None = strawberry.field(default=None, description="The contact's version as read; another one answers Stale. Null: any.")


async def change_contact_labels(info: Info, input: ChangeContactLabelsInput) -> ContactChanged | Problem:  # noqa: A002 - the argument's name in the schema
    """Gives a contact a label, or takes one away."""

    async def act(contact: ContactId) -> None:
        if (input.add_label_id is None) == (input.remove_label_id is None):
            message = "Name either `addLabelId` or `removeLabelId`."
            raise MalformedInputError(message)
        facts = info.context.clients.facts
        label = ContactLabelId(read_id_of(input.add_label_id or input.remove_label_id or "", type_name="ContactLabel"))
        change = facts.take_label if input.add_label_id is None else facts.give_label
        await change(contact, label, version=input.version)

    return await change_contact(info, input.contact_id, act)


field = strawberry.mutation(
    resolver=change_contact_labels,
    graphql_type=ChangeContactResult,
    description="Give a contact a label of the list, or take one away, from whichever profile has it. Needs the scope contacts:write.",
)
