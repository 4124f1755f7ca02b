"""updateMember: changes a member's name, role, disciplines and languages."""

import strawberry

from gateway.context import Info
from gateway.members.changing import MemberResult, MemberUpdated, change_member
from gateway.problems import Problem
from gateway.vocabulary import Discipline, Role
from services.contracts.ids import MemberId
from services.contracts.views import MemberView


@strawberry.input(description="What is to change; what is left out stays.")
class UpdateMemberInput:
    """Arguments of updateMember."""

    member_id: strawberry.ID = strawberry.field(description="The member, by global id.")
    name: str | None = strawberry.field(default=None, description="1 to 200 characters.")
    role: Role | None = strawberry.field(default=None, description="What the member may do. A new role ends the member's sessions.")
    disciplines: list[Discipline] | None = strawberry.field(default=None, description="All that the member works on.")
    languages: list[str] | None = strawberry.field(default=None, description="All languages the member answers in; at most 20.")


async def update_member(info: Info, input: UpdateMemberInput) -> MemberUpdated | Problem:  # noqa: A002 - the argument's name in the schema
    """Change a member's name, role, disciplines and languages."""

    async def act(member: MemberId) -> MemberView:
        given = {"name": input.name, "role": input.role, "disciplines": input.disciplines, "languages": input.languages}
        return await info.context.clients.members.change(member, {key: value for key, value in given.items() if value is not None})

    return await change_member(info, input.member_id, act)


field = strawberry.mutation(
    resolver=update_member,
    graphql_type=MemberResult,
    description="Change a member's name, role, disciplines and languages. The last administrator stays one. Needs the scope members:write.",
)
