"""correctStage: a member says where a person really is."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.journeys.types import JourneyRun
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.views.journey import RunView


@strawberry.input(description="Where a person really is, and why.")
class CorrectStageInput:
    """Arguments of correctStage."""

    contact_id: strawberry.ID = strawberry.field(description="The contact's global id.")
    stage: str = strawberry.field(description="The stage's key; empty for whoever has left.")
    reason: str = strawberry.field(description="Why, for people to read; at most 500 characters.")
    line: str = strawberry.field(default="main", description="The product line.")


@strawberry.type(description="It is corrected.")
class StageCorrected:
    """Success."""

    runs: list[RunView] = strawberry.field(
        graphql_type=list[JourneyRun], description="The contact's runs as they stand now, the newest first; at most 100."
    )


CorrectStageResult = Annotated[
    StageCorrected | NotFound | InvalidInput | NotAllowed,
    strawberry.union("CorrectStageResult", description="The runs, or why nothing changed."),
]


async def correct_stage(info: Info, input: CorrectStageInput) -> StageCorrected | Problem:  # noqa: A002 - the argument's name in the schema
    """Log a member's word."""
    try:
        contact = read_id_of(input.contact_id, type_name="Contact")
        said = {"stage": input.stage, "line": input.line, "reason": input.reason}
        journey = await info.context.clients.routing.correct_stage(contact, said)
        return StageCorrected(runs=list(journey.runs))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=correct_stage,
    graphql_type=CorrectStageResult,
    description="Put a person where they really are. It stays until something that happens afterwards moves them ahead.",
)
