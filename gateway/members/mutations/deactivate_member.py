"""deactivateMember: keeps a member out and hands over what they had."""

import strawberry

from gateway.context import Info
from gateway.members.changing import MemberResult, MemberUpdated, change_member, read_member
from gateway.problems import Problem
from services.contracts.ids import MemberId
from services.contracts.views import MemberView


@strawberry.input(description="Who leaves.")
class DeactivateMemberInput:
    """Arguments of deactivateMember."""

    member_id: strawberry.ID = strawberry.field(description="The member, by global id.")
    successor_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who takes over, by global id; null: conversations and tasks go to the queues."
    )


async def deactivate_member(info: Info, input: DeactivateMemberInput) -> MemberUpdated | Problem:  # noqa: A002 - the argument's name in the schema
    """Keep a member out: sessions end within two seconds; open conversations, tasks, promises and follows go to the successor."""

    async def act(member: MemberId) -> MemberView:
        successor = None if input.successor_id is None else read_member(input.successor_id)
        return await info.context.clients.members.deactivate(member, successor=successor)

    return await change_member(info, input.member_id, act)


field = strawberry.mutation(
    resolver=deactivate_member,
    graphql_type=MemberResult,
    description="Keep a member out: sessions end within two seconds; open conversations, tasks, promises and follows go to the successor. "
    "Needs the scope members:write.",
)
