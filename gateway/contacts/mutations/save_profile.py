"""saveProfile: writes an account by its id on its network, as an outside system knows it now."""

from typing import Annotated

import strawberry

from gateway.contacts.entering import ShownInput, shown_payload
from gateway.contacts.types import Profile
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, Problem, problem_of
from services.contracts.views import ProfileView


@strawberry.input(description="One account of a person on one network, as you know it now.")
class SaveProfileInput(ShownInput):
    """Arguments of saveProfile."""

    network: str = strawberry.field(description="The network: letters, digits, _ . and -, at most 40; crm for a row of a CRM.")
    external_id: str = strawberry.field(description="The network's own id of the account; at most 500 characters.")


@strawberry.type(description="The account is as wished.")
class ProfileSaved:
    """Success."""

    profile: ProfileView = strawberry.field(graphql_type=Profile, description="The account, and by `contact` whose it is.")


SaveProfileResult = Annotated[
    ProfileSaved | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SaveProfileResult", description="The account, or why nothing was written."),
]


async def save_profile(info: Info, input: SaveProfileInput) -> ProfileSaved | Problem:  # noqa: A002 - the argument's name in the schema
    """Write an account."""
    try:
        payload = shown_payload(input) | {"network": input.network, "external_id": input.external_id}
        return ProfileSaved(profile=await info.context.clients.people.save_profile(payload))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=save_profile,
    graphql_type=SaveProfileResult,
    description="Write an account by network, scope and id: a CRM row, an account on a network. The same again changes nothing. "
    "Needs the scope contacts:write.",
)
