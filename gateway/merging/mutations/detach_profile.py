"""detachProfile: parts one profile from its contact."""

import strawberry

from gateway.context import Info
from gateway.merging.merging import ContactsRedrawn, MergeResult, redraw
from gateway.problems import Problem
from gateway.relay import read_id_of
from services.contracts.ids import ContactId
from services.contracts.views import MergeView


@strawberry.input(description="An account that is somebody else's.")
class DetachProfileInput:
    """Arguments of detachProfile."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    profile_id: strawberry.ID = strawberry.field(description="The account, by global id.")
    version: int | None = strawberry.field(default=None, description="The contact's version as read; another one answers Stale. Null: any.")
    reason: str = strawberry.field(default="", description="Why; at most 1,000 characters.")


async def detach_profile(info: Info, input: DetachProfileInput) -> ContactsRedrawn | Problem:  # noqa: A002 - the argument's name in the schema
    """Parts one profile from its contact."""

    async def act() -> MergeView:
        payload = {"profile_id": str(read_id_of(input.profile_id, type_name="Profile")), "reason": input.reason}
        contact = ContactId(read_id_of(input.contact_id, type_name="Contact"))
        return await info.context.clients.merging.detach(contact, payload=payload, version=input.version)

    return await redraw(act)


field = strawberry.mutation(
    resolver=detach_profile,
    graphql_type=MergeResult,
    description="Part one account from its contact, for good: no evidence joins them again. Needs the scope contacts:write.",
)
