"""acceptPeerAnswer: a member says that another person's words are the answer."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.conversations.settling import settled
from gateway.conversations.types import Interaction
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem
from gateway.relay import read_id_of
from services.contracts.ids import InteractionId
from services.contracts.views import InteractionView


@strawberry.input(description="What was answered, and by what.")
class AcceptPeerAnswerInput:
    """Arguments of acceptPeerAnswer."""

    interaction_id: strawberry.ID = strawberry.field(description="The interaction, by global id.")
    answer_id: strawberry.ID = strawberry.field(description="What another person wrote later in the same conversation, by global id.")


@strawberry.type(description="The ledger no longer owes an answer.")
class PeerAnswerAccepted:
    """Success."""

    interaction: InteractionView | None = strawberry.field(
        graphql_type=Interaction | None, description="The interaction, as it stands now."
    )


AcceptPeerAnswerResult = Annotated[
    PeerAnswerAccepted | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("AcceptPeerAnswerResult", description="The interaction, or why nothing changed."),
]


async def accept_peer_answer(info: Info, input: AcceptPeerAnswerInput) -> PeerAnswerAccepted | Problem:  # noqa: A002 - the argument's name in the schema
    """Settle as answered by a peer."""

    async def accept(interaction: InteractionId) -> None:
        answer = InteractionId(read_id_of(input.answer_id, type_name="Interaction"))
        await info.context.clients.composing.accept_peer_answer(interaction, answer=answer)

    found = await settled(info.context, input.interaction_id, accept)
    return found if isinstance(found, Problem) else PeerAnswerAccepted(interaction=found)


field = strawberry.mutation(
    resolver=accept_peer_answer,
    graphql_type=AcceptPeerAnswerResult,
    description="Say that what another person wrote in the thread answers an owed interaction.",
)
