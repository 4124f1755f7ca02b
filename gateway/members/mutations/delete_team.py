"""deleteTeam: deletes a team; its members stay."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import TeamId


@strawberry.input(description="A team to delete.")
class DeleteTeamInput:
    """Arguments of deleteTeam."""

    team_id: strawberry.ID = strawberry.field(description="The team, by global id.")


@strawberry.type(description="The team is gone; its members stay.")
class TeamDeleted:
    """Success."""

    team_id: strawberry.ID = strawberry.field(description="As given.")


DeleteTeamResult = Annotated[
    TeamDeleted | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("DeleteTeamResult", description="What became of it, or why nothing was changed."),
]


async def delete_team(info: Info, input: DeleteTeamInput) -> TeamDeleted | Problem:  # noqa: A002 - the argument's name in the schema
    """Delete a team."""
    _ = info.context.caller
    try:
        await info.context.clients.members.delete_team(TeamId(read_id_of(input.team_id, type_name="Team")))
    except GatewayError as error:
        return problem_of(error)
    return TeamDeleted(team_id=input.team_id)


field = strawberry.mutation(
    resolver=delete_team,
    graphql_type=DeleteTeamResult,
    description="Delete a team; its members stay. Needs the scope members:write.",
)
