"""endAbsence: says that a member is here."""

import strawberry

from gateway.context import Info
from gateway.members.changing import MemberResult, MemberUpdated, change_member
from gateway.problems import Problem
from services.contracts.ids import MemberId
from services.contracts.views import MemberView


@strawberry.input(description="Who is here.")
class EndAbsenceInput:
    """Arguments of endAbsence."""

    member_id: strawberry.ID = strawberry.field(description="The member, by global id.")


async def end_absence(info: Info, input: EndAbsenceInput) -> MemberUpdated | Problem:  # noqa: A002 - the argument's name in the schema
    """Say that a member is here."""

    async def act(member: MemberId) -> MemberView:
        return await info.context.clients.members.end_absence(member)

    return await change_member(info, input.member_id, act)


field = strawberry.mutation(
    resolver=end_absence,
    graphql_type=MemberResult,
    description="Say that a member is here. For oneself, or with the scope members:write.",
)
