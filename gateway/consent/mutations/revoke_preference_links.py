"""revokePreferenceLinks: lets no link be good any more that a person was ever given."""

import strawberry

from gateway.context import Info
from gateway.facts.changing import ChangeContactResult, ContactChanged, change_contact
from gateway.problems import Problem
from services.contracts.ids import ContactId


@strawberry.input(description="Whose links.")
class RevokePreferenceLinksInput:
    """Arguments of revokePreferenceLinks."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")


async def revoke_preference_links(info: Info, input: RevokePreferenceLinksInput) -> ContactChanged | Problem:  # noqa: A002 - the argument's name in the schema
    """End all links of a person."""

    async def act(contact: ContactId) -> None:
        await info.context.clients.consent.revoke_preference_links(contact)

    return await change_contact(info, input.contact_id, act)


field = strawberry.mutation(
    resolver=revoke_preference_links,
    graphql_type=ChangeContactResult,
    description="Let no preference link of a person be good any more; the next one is. Needs the scope contacts:write.",
)
