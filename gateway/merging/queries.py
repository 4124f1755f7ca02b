"""Queries for suggestions and previews of merges. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.loaders import SuggestionsPageKey
from gateway.merging.types import MergePreview, Suggestion
from gateway.relay import After, Connection, First, read_after, read_choice, read_first, read_id_of
from services.contracts.ids import ContactId
from services.contracts.views import MergePreviewView, PageView, SuggestionView

STATES = ("open", "accepted", "rejected")
State = Annotated[str, strawberry.argument(description="Which ones: open, accepted or rejected.")]
One = Annotated[strawberry.ID, strawberry.argument(description="The contact that would keep its id, by global id.")]
Other = Annotated[strawberry.ID, strawberry.argument(description="The contact that would be absorbed, by global id.")]


def list_suggestions(info: Info, first: First = 20, after: After = None, state: State = "open") -> Awaitable[PageView[SuggestionView]]:
    """What waits for a member's decision, or was decided."""
    return info.context.loaders.suggestions_by_page.load(
        SuggestionsPageKey(read_first(first), read_after(after), read_choice(state, name="state", among=STATES))
    )


def preview_merge(info: Info, contact_id: One, other_contact_id: Other) -> Awaitable[MergePreviewView]:
    """What would be united."""
    one, other = (ContactId(read_id_of(each, type_name="Contact")) for each in (contact_id, other_contact_id))
    return info.context.loaders.merge_preview.load((one, other))


@strawberry.type
class MergingQueries:
    """Part of Query."""

    suggestions = strawberry.field(
        resolver=list_suggestions,
        graphql_type=Connection[Suggestion],
        description="Pairs of contacts that may be one person and wait for a decision, or are decided, newest first. At most 100 a page.",
    )
    merge_preview = strawberry.field(
        resolver=preview_merge,
        graphql_type=MergePreview,
        description="What a merge of two contacts would unite, and what speaks against it.",
    )
