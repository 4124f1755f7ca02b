"""Queries for the journey board. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.journeys.types import JourneyBoard, Waiting
from gateway.loaders import BoardKey, BoardPeopleKey
from gateway.relay import After, Connection, First, read_after, read_choice, read_first
from services.contracts.views import PageView
from services.contracts.views.journey import BoardView, StuckView

Line = Annotated[str, strawberry.argument(description="The product line.")]
Days = Annotated[int, strawberry.argument(description="How far back the window goes, 1 to 366.")]
OfStage = Annotated[str, strawberry.argument(description="The stage's key.")]
Behind = Annotated[str, strawberry.argument(description="Behind which number: people, came or went.")]


def journey_board(info: Info, line: Line = "main", days: Days = 30) -> Awaitable[BoardView]:
    """The board of a line."""
    return info.context.loaders.journey_board_by_line.load(BoardKey(line, days))


def journey_people(  # noqa: PLR0913, PLR0917 - a number of the board is so many things
    info: Info, stage: OfStage, number: Behind = "people", line: Line = "main", days: Days = 30, first: First = 20, after: After = None
) -> Awaitable[PageView[StuckView]]:
    """The people behind one of its numbers."""
    chosen = read_choice(number, name="number", among=("people", "came", "went"))
    return info.context.loaders.journey_people_by_page.load(BoardPeopleKey(stage, chosen, line, days, read_first(first), read_after(after)))


@strawberry.type
class JourneyQueries:
    """Part of Query."""

    journey_board = strawberry.field(
        resolver=journey_board,
        graphql_type=JourneyBoard,
        description="People per stage of a product line, who came and went, the median time, and who waits longest.",
    )
    journey_people = strawberry.field(
        resolver=journey_people,
        graphql_type=Connection[Waiting],
        description="The people behind a number of the journey board, the longest first. At most 100 a page.",
    )
