"""redriveDeadLetter: hands an event that failed to the end to its consumer once more, after a fix."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.operations.keys import read_letter_key
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of


@strawberry.input(description="Which letter.")
class RedriveDeadLetterInput:
    """Arguments of redriveDeadLetter."""

    key: strawberry.ID = strawberry.field(description="The letter's key.")


@strawberry.type(description="The consumer has taken the event.")
class DeadLetterRedriven:
    """Success."""

    key: strawberry.ID = strawberry.field(description="The letter's key.")


RedriveDeadLetterResult = Annotated[
    DeadLetterRedriven | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("RedriveDeadLetterResult", description="That it was taken, or why it was not."),
]


async def redrive_dead_letter(info: Info, input: RedriveDeadLetterInput) -> DeadLetterRedriven | Problem:  # noqa: A002 - the argument's name in the schema
    """Hand a letter over once more."""
    try:
        service, letter = read_letter_key(input.key)
        await info.context.clients.operating[service].redrive_dead_letter(letter)
        return DeadLetterRedriven(key=input.key)
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=redrive_dead_letter,
    graphql_type=RedriveDeadLetterResult,
    description="Hand a dead letter to its consumer once more, after a fix. Conflict where it fails again; it then stays as it was.",
)
