"""setContactAttributes: sets values of the workspace's own attributes."""

import strawberry

from gateway.context import Info
from gateway.errors import MalformedInputError
from gateway.facts.changing import ChangeContactResult, ContactChanged, change_contact
from gateway.problems import Problem
from services.contracts.ids import ContactId
from services.contracts.views import PAGE_LIMIT


@strawberry.input(description="A value of one attribute.")
class AttributeValueInput:
    """Part of SetContactAttributesInput."""

    key: str = strawberry.field(description="The attribute's key.")
    value: str | None = strawberry.field(default=None, description="As text: 12.5, true, 2026-02-28; null takes it away.")


@strawberry.input(description="Values to set, all or none.")
class SetContactAttributesInput:
    """Arguments of setContactAttributes."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    values: list[AttributeValueInput] = strawberry.field(description="The values, at most 100, each key once.")
    version: int | None = strawberry.field(default=None, description="The contact's version as read; another one answers Stale. Null: any.")


async def set_contact_attributes(info: Info, input: SetContactAttributesInput) -> ContactChanged | Problem:  # noqa: A002 - the argument's name in the schema
    """Sets values of the workspace's own attributes."""

    async def act(contact: ContactId) -> None:
        values = {each.key: each.value for each in input.values}
        if len(values) != len(input.values) or len(values) > PAGE_LIMIT:
            message = f"Give at most {PAGE_LIMIT} values, each key once."
            raise MalformedInputError(message)
        await info.context.clients.facts.set_attributes(contact, values=values, version=input.version)

    return await change_contact(info, input.contact_id, act)


field = strawberry.mutation(
    resolver=set_contact_attributes,
    graphql_type=ChangeContactResult,
    description="Set values of the workspace's own attributes, all of them or none. Needs the scope contacts:write.",
)
