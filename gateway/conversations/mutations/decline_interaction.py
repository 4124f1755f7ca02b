"""declineInteraction: a member decides that something gets no answer."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.settling import settled
from gateway.conversations.types import Interaction
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem
from services.contracts.views import InteractionView


@strawberry.input(description="What gets no answer, and why.")
class DeclineInteractionInput:
    """Arguments of declineInteraction."""

    interaction_id: strawberry.ID = strawberry.field(description="The interaction, by global id.")
    reason: str = strawberry.field(description="Why, for colleagues to read; 1 to 1,000 characters.")


@strawberry.type(description="The ledger no longer owes an answer.")
class InteractionDeclined:
    """Success."""

    interaction: InteractionView | None = strawberry.field(
        graphql_type=Interaction | None, description="The interaction, as it stands now."
    )


DeclineInteractionResult = Annotated[
    InteractionDeclined | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("DeclineInteractionResult", description="The interaction, or why nothing was declined."),
]


async def decline_interaction(info: Info, input: DeclineInteractionInput) -> InteractionDeclined | Problem:  # noqa: A002 - the argument's name in the schema
    """Decide that an interaction gets no answer."""
    engagement = info.context.clients.engagement
    found = await settled(info.context, input.interaction_id, lambda each: engagement.decline_interaction(each, reason=input.reason))
    return found if isinstance(found, Problem) else InteractionDeclined(interaction=found)


field = strawberry.mutation(
    resolver=decline_interaction,
    graphql_type=DeclineInteractionResult,
    description="Decide that an owed interaction gets no answer. It stays in the history, with the member and the reason.",
)
