"""rejectSuggestion: keeps the two profiles of a suggestion apart for good."""

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.merging.deciding import SuggestionDecided, SuggestionResult
from gateway.problems import Problem, problem_of
from gateway.relay import read_id_of


@strawberry.input(description="A suggestion that is wrong.")
class RejectSuggestionInput:
    """Arguments of rejectSuggestion."""

    suggestion_id: strawberry.ID = strawberry.field(description="The suggestion, by global id.")
    reason: str = strawberry.field(default="", description="Why; at most 1,000 characters.")


async def reject_suggestion(info: Info, input: RejectSuggestionInput) -> SuggestionDecided | Problem:  # noqa: A002 - the argument's name in the schema
    """Keeps the two profiles of a suggestion apart for good."""
    try:
        suggestion = read_id_of(input.suggestion_id, type_name="Suggestion")
        decided = await info.context.clients.merging.reject(suggestion, payload={"reason": input.reason})
        return SuggestionDecided(suggestion=decided)
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=reject_suggestion,
    graphql_type=SuggestionResult,
    description="They are two people, for good: nobody is asked again, and no evidence joins them. Needs the scope contacts:write.",
)
