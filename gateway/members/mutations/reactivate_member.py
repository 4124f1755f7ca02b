"""reactivateMember: lets a member in again."""

import strawberry

from gateway.context import Info
from gateway.members.changing import MemberResult, MemberUpdated, change_member
from gateway.problems import Problem
from services.contracts.ids import MemberId
from services.contracts.views import MemberView


@strawberry.input(description="Who comes back.")
class ReactivateMemberInput:
    """Arguments of reactivateMember."""

    member_id: strawberry.ID = strawberry.field(description="The member, by global id.")


async def reactivate_member(info: Info, input: ReactivateMemberInput) -> MemberUpdated | Problem:  # noqa: A002 - the argument's name in the schema
    """Let a member in again."""

    async def act(member: MemberId) -> MemberView:
        return await info.context.clients.members.reactivate(member)

    return await change_member(info, input.member_id, act)


field = strawberry.mutation(
    resolver=reactivate_member,
    graphql_type=MemberResult,
    description="Let a member in again. What was handed over stays where it is. Needs the scope members:write.",
)
