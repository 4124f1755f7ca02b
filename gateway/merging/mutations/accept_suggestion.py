"""acceptSuggestion: makes the two contacts of a suggestion one."""

import strawberry

from gateway.context import Info
from gateway.merging.merging import ContactsRedrawn, MergeResult, read_contact, redraw
from gateway.problems import Problem
from gateway.relay import read_id_of
from services.contracts.views import MergeView


@strawberry.input(description="A suggestion that is right.")
class AcceptSuggestionInput:
    """Arguments of acceptSuggestion."""

    suggestion_id: strawberry.ID = strawberry.field(description="The suggestion, by global id.")
    survivor_id: strawberry.ID | None = strawberry.field(default=None, description="Whose id is kept; null: of the one known first.")
    reason: str = strawberry.field(default="", description="Why; at most 1,000 characters.")


async def accept_suggestion(info: Info, input: AcceptSuggestionInput) -> ContactsRedrawn | Problem:  # noqa: A002 - the argument's name in the schema
    """Makes the two contacts of a suggestion one."""

    async def act() -> MergeView:
        payload = {"reason": input.reason, "survivor_id": read_contact(input.survivor_id)}
        suggestion = read_id_of(input.suggestion_id, type_name="Suggestion")
        return await info.context.clients.merging.accept(suggestion, payload=payload)

    return await redraw(act)


field = strawberry.mutation(
    resolver=accept_suggestion,
    graphql_type=MergeResult,
    description="They are one person: merge the two contacts. Needs the scope contacts:write.",
)
