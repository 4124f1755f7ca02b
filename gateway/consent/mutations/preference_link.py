"""preferenceLink: where a person sees and changes what we may write, without an account."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ContactId


@strawberry.input(description="Whose preferences.")
class PreferenceLinkInput:
    """Arguments of preferenceLink."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")


@strawberry.type(description="The link. Whoever has it can change what we may write to the person: give it to them alone.")
class PreferenceLink:
    """Success."""

    url: str = strawberry.field(description="The whole address.")
    expires_at: datetime = strawberry.field(description="Until when it is good; UTC.")


PreferenceLinkResult = Annotated[
    PreferenceLink | NotFound | InvalidInput | NotAllowed,
    strawberry.union("PreferenceLinkResult", description="The link, or why there is none."),
]


async def preference_link(info: Info, input: PreferenceLinkInput) -> PreferenceLink | Problem:  # noqa: A002 - the argument's name in the schema
    """Make the link, or give the one of this month again."""
    try:
        contact = ContactId(read_id_of(input.contact_id, type_name="Contact"))
        made = await info.context.clients.consent.preference_link(contact)
    except GatewayError as error:
        return problem_of(error)
    return PreferenceLink(url=made.url, expires_at=made.expires_at)


field = strawberry.mutation(
    resolver=preference_link,
    graphql_type=PreferenceLinkResult,
    description="The signed link by which a person sees and changes purposes and networks without an account; good for a year.",
)
