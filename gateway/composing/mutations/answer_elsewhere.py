"""answerElsewhere: a member says that something was answered in another place."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.settling import settled
from gateway.conversations.types import Interaction
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem
from services.contracts.views import InteractionView


@strawberry.input(description="What was answered, and where.")
class AnswerElsewhereInput:
    """Arguments of answerElsewhere."""

    interaction_id: strawberry.ID = strawberry.field(description="The interaction, by global id.")
    where: str = strawberry.field(description="Where: an address, or words such as by telephone; 1 to 1,000 characters.")


@strawberry.type(description="The ledger no longer owes an answer.")
class AnsweredElsewhere:
    """Success."""

    interaction: InteractionView | None = strawberry.field(
        graphql_type=Interaction | None, description="The interaction, as it stands now."
    )


AnswerElsewhereResult = Annotated[
    AnsweredElsewhere | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("AnswerElsewhereResult", description="The interaction, or why nothing changed."),
]


async def answer_elsewhere(info: Info, input: AnswerElsewhereInput) -> AnsweredElsewhere | Problem:  # noqa: A002 - the argument's name in the schema
    """Settle as answered elsewhere."""
    composing = info.context.clients.composing
    found = await settled(info.context, input.interaction_id, lambda each: composing.answer_elsewhere(each, where=input.where))
    return found if isinstance(found, Problem) else AnsweredElsewhere(interaction=found)


field = strawberry.mutation(
    resolver=answer_elsewhere,
    graphql_type=AnswerElsewhereResult,
    description="Say that an owed interaction was answered in another place: by telephone, on another page, in person.",
)
