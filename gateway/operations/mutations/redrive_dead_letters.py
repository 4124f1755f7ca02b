"""redriveDeadLetters: hands what failed to the end to its consumers once more, after a fix."""

import asyncio
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.operations.keys import SERVICES
from gateway.problems import InvalidInput, NotAllowed, Problem, problem_of


@strawberry.type(description="Who took their event is done with it; what failed again stays in the list.")
class DeadLettersRedriven:
    """Success."""

    redriven: int = strawberry.field(description="How many their consumers took.")
    failed: int = strawberry.field(description="How many failed again and stay.")


RedriveDeadLettersResult = Annotated[
    DeadLettersRedriven | InvalidInput | NotAllowed,
    strawberry.union("RedriveDeadLettersResult", description="How many were taken, or why none was tried."),
]


async def redrive_dead_letters(info: Info) -> DeadLettersRedriven | Problem:
    """Hand the letters of all services over once more."""
    try:
        answers = await asyncio.gather(*(info.context.clients.operating[service].redrive_dead_letters() for service in SERVICES))
    except GatewayError as error:
        return problem_of(error)
    return DeadLettersRedriven(redriven=sum(each.redriven for each in answers), failed=sum(each.failed for each in answers))


field = strawberry.mutation(
    resolver=redrive_dead_letters,
    graphql_type=RedriveDeadLettersResult,
    description="Hand dead letters to their consumers once more, after a fix; of each service the newest hundred.",
)
