"""What a search answers. Read by engagement, which finds, and the gateway, which shows; plain data."""

from dataclasses import dataclass

from services.contracts.views.history import InteractionView


@dataclass(frozen=True, slots=True, kw_only=True)
class HighlightView:
    """Where a word that was searched for stands: [start, end) in characters (Unicode code points) of the excerpt."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHitView:
    """A row of the history that a search found, with the stretch of its text, its subject or a file's name that shows why."""

    interaction: InteractionView
    excerpt: str
    highlights: tuple[HighlightView, ...]
