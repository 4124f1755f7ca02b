"""inviteMember: asks somebody by e-mail to join."""

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.members.changing import InvitationResult, InvitationSent, invitation_sent
from gateway.problems import Problem, problem_of
from gateway.relay import read_id_of
from gateway.vocabulary import Discipline, Role


@strawberry.input(description="Whom to ask, and as what.")
class InviteMemberInput:
    """Arguments of inviteMember."""

    email: str = strawberry.field(description="The person's e-mail address; at most 254 characters.")
    role: Role = strawberry.field(description="What the person will be allowed to do.")
    disciplines: list[Discipline] = strawberry.field(default_factory=list, description="What the person will work on.")
    languages: list[str] = strawberry.field(default_factory=list, description="Languages the person answers in; at most 20.")
    team_id: strawberry.ID | None = strawberry.field(default=None, description="The team the person will be in, by global id.")


async def invite_member(info: Info, input: InviteMemberInput) -> InvitationSent | Problem:  # noqa: A002 - the argument's name in the schema
    """Ask somebody to join."""
    _ = info.context.caller
    try:
        team = None if input.team_id is None else read_id_of(input.team_id, type_name="Team")
        given = {"email": input.email, "role": input.role, "disciplines": input.disciplines, "languages": input.languages}
        return invitation_sent(await info.context.clients.members.invite({**given, "team_id": team}))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=invite_member,
    graphql_type=InvitationResult,
    description="Ask somebody by e-mail to join. The link works once, for seven days. Needs the scope members:write.",
)
