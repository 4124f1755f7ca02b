"""setDoNotContact: lets nothing go out to a person but answers, or takes that back."""

import strawberry

from gateway.context import Info
from gateway.facts.changing import ChangeContactResult, ContactChanged, change_contact
from gateway.problems import Problem
from gateway.relay import read_id_of
from services.contracts.ids import ContactId


@strawberry.input(description="Who is not to be contacted, where, and why.")
class SetDoNotContactInput:
    """Arguments of setDoNotContact."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    do_not_contact: bool = strawberry.field(description="True: nothing goes out but answers to what they write from now on. False: lifted.")
    reason: str = strawberry.field(description="Why; 1 to 500 characters.")
    network: str | None = strawberry.field(default=None, description="On which network; null: on every one.")
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="By which channel of ours, by global id; null: by any.")


async def set_do_not_contact(info: Info, input: SetDoNotContactInput) -> ContactChanged | Problem:  # noqa: A002 - the argument's name in the schema
    """Set or lift it."""

    async def act(contact: ContactId) -> None:
        payload: dict[str, object] = {"reason": input.reason, "network": input.network}
        if input.channel_id is not None:
            payload["channel_id"] = read_id_of(input.channel_id, type_name="Channel")
        clients = info.context.clients.consent
        await (clients.forbid_contact if input.do_not_contact else clients.allow_contact)(contact, payload=payload)

    return await change_contact(info, input.contact_id, act)


field = strawberry.mutation(
    resolver=set_do_not_contact,
    graphql_type=ChangeContactResult,
    description="Let nothing go out to a person but answers to what they write, or take that back. Needs the scope contacts:write.",
)
