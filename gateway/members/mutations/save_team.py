"""saveTeam: makes a team, or changes one."""

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError, MalformedInputError
from gateway.members.changing import TeamResult, TeamSaved, read_member, read_members
from gateway.problems import Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import TeamId


@strawberry.input(description="A team to make, or to change; what is left out stays.")
class SaveTeamInput:
    """Arguments of saveTeam."""

    team_id: strawberry.ID | None = strawberry.field(default=None, description="The team to change, by global id; null to make one.")
    version: int | None = strawberry.field(default=None, description="Its version as read; needed to change one.")
    name: str | None = strawberry.field(default=None, description="1 to 200 characters, unique; needed to make one.")
    member_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="All its members, by global ids; at most 100.")
    lead_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Who leads it, by global id; null: nobody. One of its members."
    )


async def save_team(info: Info, input: SaveTeamInput) -> TeamSaved | Problem:  # noqa: A002 - the argument's name in the schema
    """Make a team, or change one."""
    _ = info.context.caller
    members = info.context.clients.members
    try:
        payload = _payload(input)
        if input.team_id is None:
            return TeamSaved(team=await members.create_team(payload))
        return TeamSaved(team=await members.change_team(TeamId(read_id_of(input.team_id, type_name="Team")), payload))
    except GatewayError as error:
        return problem_of(error)


def _payload(given: SaveTeamInput) -> dict[str, object]:
    """Raises MalformedInputError."""
    if given.team_id is None and given.name is None:
        message = "A new team needs a `name`."
        raise MalformedInputError(message)
    if given.team_id is not None and given.version is None:
        message = "A change needs the `version` that was read."
        raise MalformedInputError(message)
    payload: dict[str, object] = {} if given.team_id is None else {"version": given.version}
    if given.name is not None:
        payload["name"] = given.name
    if given.member_ids is not None:
        payload["member_ids"] = read_members(given.member_ids)
    if given.lead_id is not strawberry.UNSET:
        payload["lead_id"] = None if given.lead_id is None else read_member(given.lead_id)
    return payload


field = strawberry.mutation(
    resolver=save_team,
    graphql_type=TeamResult,
    description="Make a team of members, or rename it and change its members and lead. Needs the scope members:write.",
)
