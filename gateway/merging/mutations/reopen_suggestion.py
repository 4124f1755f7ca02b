"""reopenSuggestion: takes the decision about a suggestion back."""

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.merging.deciding import SuggestionDecided, SuggestionResult
from gateway.problems import Problem, problem_of
from gateway.relay import read_id_of


@strawberry.input(description="A decision to take back.")
class ReopenSuggestionInput:
    """Arguments of reopenSuggestion."""

    suggestion_id: strawberry.ID = strawberry.field(description="The suggestion, by global id.")
    reason: str = strawberry.field(default="", description="Why; at most 1,000 characters.")


async def reopen_suggestion(info: Info, input: ReopenSuggestionInput) -> SuggestionDecided | Problem:  # noqa: A002 - the argument's name in the schema
    """Takes the decision about a suggestion back."""
    try:
        suggestion = read_id_of(input.suggestion_id, type_name="Suggestion")
        decided = await info.context.clients.merging.reopen(suggestion, payload={"reason": input.reason})
        return SuggestionDecided(suggestion=decided)
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=reopen_suggestion,
    graphql_type=SuggestionResult,
    description="Take the decision about a suggestion back, with what it did. Needs the scope contacts:write.",
)
