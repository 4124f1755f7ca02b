"""setAbsence: says when a member is away and who stands in."""

from datetime import datetime

import strawberry

from gateway.context import Info
from gateway.members.changing import MemberResult, MemberUpdated, change_member, read_member
from gateway.problems import Problem
from services.contracts.ids import MemberId
from services.contracts.views import MemberView


@strawberry.input(description="An absence.")
class SetAbsenceInput:
    """Arguments of setAbsence."""

    member_id: strawberry.ID = strawberry.field(description="The member, by global id.")
    absent_from: datetime | None = strawberry.field(default=None, description="From when; null: from now. UTC.")
    absent_until: datetime | None = strawberry.field(default=None, description="Until when; null: until further notice. UTC.")
    deputy_id: strawberry.ID | None = strawberry.field(default=None, description="Who gets what is new, by global id; null: nobody else.")


async def set_absence(info: Info, input: SetAbsenceInput) -> MemberUpdated | Problem:  # noqa: A002 - the argument's name in the schema
    """Say when a member is away, and who gets new assignments and approvals meanwhile."""

    async def act(member: MemberId) -> MemberView:
        deputy = None if input.deputy_id is None else read_member(input.deputy_id)
        payload = {"absent_from": input.absent_from, "absent_until": input.absent_until, "deputy_id": deputy}
        return await info.context.clients.members.set_absence(member, payload)

    return await change_member(info, input.member_id, act)


field = strawberry.mutation(
    resolver=set_absence,
    graphql_type=MemberResult,
    description="Say when a member is away, and who gets what is new meanwhile. For oneself, or with the scope members:write.",
)
