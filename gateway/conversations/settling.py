"""One act of a member on the ledger, whichever it is. Called by the mutations that settle an interaction or owe it again."""

from collections.abc import Awaitable, Callable

from gateway.context import Context
from gateway.errors import GatewayError
from gateway.problems import Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import InteractionId
from services.contracts.views import InteractionView


async def settled(
    context: Context, interaction_id: str, act: Callable[[InteractionId], Awaitable[object]]
) -> InteractionView | Problem | None:
    """Do it; gives the interaction as it stands now, or why nothing changed."""
    try:
        interaction = InteractionId(read_id_of(interaction_id, type_name="Interaction"))
        await act(interaction)
    except GatewayError as error:
        return problem_of(error)
    return await context.loaders.interaction_by_id.load(interaction)
