"""saveAgent: says what a member can do, how much they have at once, and whether they take work now."""

from typing import Annotated
from uuid import UUID

import strawberry

from gateway.assigning.types import Agent
from gateway.context import Info
from gateway.errors import GatewayError, MalformedInputError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.views.assigning import AgentView


@strawberry.input(description="A member and what is to change; what is left out stays. Availability is changed alone.")
class SaveAgentInput:
    """Arguments of saveAgent."""

    member_id: strawberry.ID = strawberry.field(description="Who, by global id.")
    version: int = strawberry.field(description="Its version as read.")
    skills: list[str] | None = strawberry.field(default=None, description="Intents and topics that triage finds; at most 100.")
    capacity: float | None = strawberry.field(
        default=strawberry.UNSET, description="How much they have at once; null: as the workspace says."
    )
    available: bool | None = strawberry.field(
        default=None, description="Whether they take work now; everybody says it of themselves. Not together with the others."
    )


@strawberry.type(description="It is kept.")
class AgentSaved:
    """Success."""

    agent: AgentView = strawberry.field(graphql_type=Agent, description="As it stands now.")


SaveAgentResult = Annotated[
    AgentSaved | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SaveAgentResult", description="The member's work, or why nothing changed."),
]


async def save_agent(info: Info, input: SaveAgentInput) -> AgentSaved | Problem:  # noqa: A002 - the argument's name in the schema
    """Change one."""
    try:
        member = read_id_of(input.member_id, type_name="Member")
        return AgentSaved(agent=await _save(info, member, input))
    except GatewayError as error:
        return problem_of(error)


async def _save(info: Info, member: UUID, wanted: SaveAgentInput) -> AgentView:
    changes: dict[str, object] = {}
    if wanted.skills is not None:
        changes["skills"] = wanted.skills
    if wanted.capacity is not strawberry.UNSET:
        changes["capacity"] = wanted.capacity
    if wanted.available is None:
        return await info.context.clients.routing.set_agent(member, payload={**changes, "version": wanted.version})
    if changes:
        raise MalformedInputError(
            "Change `available` alone: everybody says it of themselves, the rest is said by whoever edits the playbook."
        )
    return await info.context.clients.routing.set_availability(member, payload={"available": wanted.available, "version": wanted.version})


field = strawberry.mutation(
    resolver=save_agent,
    graphql_type=SaveAgentResult,
    description="Say what a member can do and how much they have at once (scope playbook:write), or whether you take work now.",
)
