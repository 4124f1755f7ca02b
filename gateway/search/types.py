"""What a search shows. Called by the schema; the values are the contract's views."""

import strawberry

from gateway.conversations.types import Interaction
from gateway.relay import shows
from services.contracts.views.search import HighlightView, SearchHitView


@shows(HighlightView, description="Where a word that was searched for stands in an excerpt.")
class Highlight:
    """See HighlightView."""

    start: int = strawberry.field(description="Its first character, counted in Unicode code points from 0.")
    end: int = strawberry.field(description="The character after its last.")


@shows(SearchHitView, description="A row of the history that a search found.")
class SearchHit:
    """See SearchHitView."""

    interaction: Interaction = strawberry.field(description="The row.")
    excerpt: str = strawberry.field(
        description="The stretch of its text, subject or a file's name that shows why it was found; plain text, at most 240 characters."
    )
    highlights: list[Highlight] = strawberry.field(description="Where the words stand in the excerpt; at most 20.")
