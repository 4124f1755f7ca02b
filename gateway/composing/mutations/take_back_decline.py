"""takeBackDecline: what was declined is owed again."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.settling import settled
from gateway.conversations.types import Interaction
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem
from services.contracts.views import InteractionView


@strawberry.input(description="What is to be answered after all.")
class TakeBackDeclineInput:
    """Arguments of takeBackDecline."""

    interaction_id: strawberry.ID = strawberry.field(description="The interaction, by global id.")


@strawberry.type(description="The ledger owes an answer again.")
class DeclineTakenBack:
    """Success."""

    interaction: InteractionView | None = strawberry.field(
        graphql_type=Interaction | None, description="The interaction, as it stands now."
    )


TakeBackDeclineResult = Annotated[
    DeclineTakenBack | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("TakeBackDeclineResult", description="The interaction, or why nothing changed."),
]


async def take_back_decline(info: Info, input: TakeBackDeclineInput) -> DeclineTakenBack | Problem:  # noqa: A002 - the argument's name in the schema
    """Owe an answer again."""
    composing = info.context.clients.composing
    found = await settled(info.context, input.interaction_id, composing.take_back_decline)
    return found if isinstance(found, Problem) else DeclineTakenBack(interaction=found)


field = strawberry.mutation(
    resolver=take_back_decline,
    graphql_type=TakeBackDeclineResult,
    description="Take a decline back: the interaction is owed again. Anything else than a declined one answers Conflict.",
)
