"""undoMerge: takes a merge, a detachment or a rejection back."""

import strawberry

from gateway.context import Info
from gateway.merging.merging import ContactsRedrawn, MergeResult, redraw
from gateway.problems import Problem
from gateway.relay import read_id_of
from services.contracts.ids import MergeId
from services.contracts.views import MergeView


@strawberry.input(description="An entry of the journal to take back.")
class UndoMergeInput:
    """Arguments of undoMerge."""

    merge_id: strawberry.ID = strawberry.field(description="The entry, by global id.")
    reason: str = strawberry.field(default="", description="Why; at most 1,000 characters.")


async def undo_merge(info: Info, input: UndoMergeInput) -> ContactsRedrawn | Problem:  # noqa: A002 - the argument's name in the schema
    """Takes a merge, a detachment or a rejection back."""

    async def act() -> MergeView:
        merge = MergeId(read_id_of(input.merge_id, type_name="Merge"))
        return await info.context.clients.merging.undo(merge, payload={"reason": input.reason})

    return await redraw(act)


field = strawberry.mutation(
    resolver=undo_merge,
    graphql_type=MergeResult,
    description="Take a merge, a detachment or a rejection back: everything is as it was, plus what happened since. "
    "Needs the scope contacts:write.",
)
