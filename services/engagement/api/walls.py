"""REST of walls: the people who are owed an answer and do not get it, the sums, and the messages behind every figure."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.contracts.views import InteractionView
from services.contracts.views.walls import WallTotalsView, WallView
from services.contracts.vocabulary import Discipline
from services.engagement import walls
from services.engagement.api.edge import PartsOf
from services.engagement.rendering import interaction_at, list_of, position_of
from services.engagement.statements import walls as statements
from services.engagement.statements.walls import Unanswered
from services.kit.access import Caller, require
from services.kit.pagination import After, Limit, Page

router = APIRouter(prefix="/v1", tags=["walls"])
Reader = Annotated[Caller, Depends(require("conversations:read"))]
Minutes = Annotated[
    int | None,
    Query(ge=1, le=walls.LONGEST_MINUTES, description="Whatever has been owed for so long, due or not; absent: what is past its due time."),
]
Untriaged = Annotated[bool, Query(description="Only what has no discipline yet.")]
Unassigned = Annotated[bool, Query(description="Only what no member has.")]


def asked_for(  # noqa: PLR0913, PLR0917 - FastAPI reads the query's parameters from here, by name
    parts: PartsOf,
    older_than_minutes: Minutes = None,
    contact_id: UUID | None = None,
    profile_id: UUID | None = None,
    channel_id: UUID | None = None,
    discipline: Discipline | None = None,
    untriaged: Untriaged = False,  # noqa: FBT002 - a parameter of the query
    member_id: UUID | None = None,
    unassigned: Unassigned = False,  # noqa: FBT002 - a parameter of the query
) -> Unanswered:
    """What counts as unanswered now, and what narrows it."""
    narrowed = walls.Narrowed(
        contact=contact_id,
        profile=profile_id,
        channel=channel_id,
        discipline=discipline,
        untriaged=untriaged,
        member=member_id,
        unassigned=unassigned,
    )
    return walls.unanswered(narrowed, older_than_minutes=older_than_minutes, now=parts.clock.now())


Asked = Annotated[Unanswered, Depends(asked_for)]


@router.get("/walls")
async def list_walls(caller: Reader, parts: PartsOf, asked: Asked, limit: Limit = 50, after: After = None) -> Page[WallView]:
    """A row per person who is left unanswered, whoever waits longest first."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await statements.walls_page(connection, caller.workspace_id, asked, after=position_of(after), limit=limit + 1)
    return list_of(rows, limit=limit, render=walls.wall_view)


@router.get("/walls/totals")
async def count_walls(caller: Reader, parts: PartsOf, asked: Asked) -> WallTotalsView:
    """How many people and messages are unanswered, in all and by channel, discipline and member."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await walls.count_walls(connection, caller.workspace_id, asked)


@router.get("/walls/interactions")
async def list_unanswered(caller: Reader, parts: PartsOf, asked: Asked, limit: Limit = 50, after: After = None) -> Page[InteractionView]:
    """What stands behind a figure: the unanswered messages, the oldest first. Narrow it as the figure was."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await statements.unanswered_page(connection, caller.workspace_id, asked, after=position_of(after), limit=limit + 1)
    return list_of(rows, limit=limit, render=interaction_at(parts.clock.now()))
