"""moderateInteraction: hides or likes on its platform what a person said there, or takes that back."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.settling import settled
from gateway.conversations.types import Interaction
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem
from gateway.vocabulary import Moderation
from services.contracts.views import InteractionView


@strawberry.input(description="What a person said, and what to do to it.")
class ModerateInteractionInput:
    """Arguments of moderateInteraction."""

    interaction_id: strawberry.ID = strawberry.field(description="The interaction, by global id.")
    act: Moderation = strawberry.field(description="What to do; doing it twice changes nothing.")


@strawberry.type(description="The platform did it.")
class InteractionModerated:
    """Success."""

    interaction: InteractionView | None = strawberry.field(
        graphql_type=Interaction | None, description="The interaction, as it stands now."
    )


ModerateInteractionResult = Annotated[
    InteractionModerated | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union(
        "ModerateInteractionResult",
        description="The interaction, or why the platform did not do it: NOT_SUPPORTED, PLATFORM_REFUSED, PLATFORM_AWAY (try again).",
    ),
]


async def moderate_interaction(info: Info, input: ModerateInteractionInput) -> InteractionModerated | Problem:  # noqa: A002 - the argument's name in the schema
    """Have it done."""
    composing = info.context.clients.composing
    found = await settled(info.context, input.interaction_id, lambda each: composing.moderate(each, act=input.act))
    return found if isinstance(found, Problem) else InteractionModerated(interaction=found)


field = strawberry.mutation(
    resolver=moderate_interaction,
    graphql_type=ModerateInteractionResult,
    description="Hide, show again, like or no longer like what a person said, where it was said; what is possible is among the abilities.",
)
