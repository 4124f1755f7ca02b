"""blockProfile: what a person sends is kept and owes nothing from now on, or does again."""

from typing import Annotated

import strawberry

from gateway.contacts.types import Profile
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ProfileId
from services.contracts.views import ProfileView


@strawberry.input(description="A person's account, and whether it is blocked.")
class BlockProfileInput:
    """Arguments of blockProfile."""

    profile_id: strawberry.ID = strawberry.field(description="The profile, by global id.")
    block: bool = strawberry.field(default=True, description="False to take the block back.")
    reason: str = strawberry.field(default="", description="Why, for colleagues to read; at most 500 characters.")


@strawberry.type(description="It is as wished.")
class ProfileBlocked:
    """Success."""

    profile: ProfileView | None = strawberry.field(graphql_type=Profile | None, description="The profile.")


BlockProfileResult = Annotated[
    ProfileBlocked | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("BlockProfileResult", description="The profile, or why nothing changed."),
]


async def block_profile(info: Info, input: BlockProfileInput) -> ProfileBlocked | Problem:  # noqa: A002 - the argument's name in the schema
    """Block a person, or take that back."""
    handling = info.context.clients.handling
    try:
        profile = ProfileId(read_id_of(input.profile_id, type_name="Profile"))
        if input.block:
            await handling.block(profile, reason=input.reason)
        else:
            await handling.unblock(profile)
    except GatewayError as error:
        return problem_of(error)
    return ProfileBlocked(profile=await info.context.loaders.profile_by_id.load(profile))


field = strawberry.mutation(
    resolver=block_profile,
    graphql_type=BlockProfileResult,
    description="Block a person: what they send is kept, owes nothing and opens nothing. Taken back, what they wrote meanwhile is owed.",
)
