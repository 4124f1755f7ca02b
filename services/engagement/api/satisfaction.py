"""REST of satisfaction: which channels ask, what people said, averages."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from services.contracts.ids import ChannelId
from services.contracts.views.ratings import AverageView, RatingView, SatisfactionView
from services.engagement import channels
from services.engagement.api.edge import PartsOf
from services.engagement.rendering import list_of, position_of, satisfaction_view
from services.engagement.satisfaction.reading import average_view, rating_view
from services.engagement.satisfaction.reviews import check_address
from services.engagement.statements import satisfaction as statements
from services.kit.access import Caller, require
from services.kit.http import RequestBody
from services.kit.http.moments import Moment
from services.kit.pagination import After, Limit, Page

router = APIRouter(prefix="/v1", tags=["satisfaction"])
Reader = Annotated[Caller, Depends(require("conversations:read"))]
Chooser = Annotated[Caller, Depends(require("channels:write"))]
Looker = Annotated[Caller, Depends(require("channels:read"))]
Border = Annotated[Moment | None, Query(description="With a time zone; absent: without end.")]
By = Literal["member", "discipline", "channel"]
LONGEST_DELAY_MINUTES = 7 * 24 * 60


class ChangeSatisfaction(RequestBody):
    """Whether a channel asks after an answer, how many minutes after, and where the happy are asked for a review.

    Without an address nobody is asked for a review; without words the product's own are shown above the link.
    """

    asks: bool
    delay_minutes: int = Field(default=60, ge=0, le=LONGEST_DELAY_MINUTES)
    review_url: str | None = Field(default=None, max_length=2000)
    review_text: str = Field(default="", max_length=300)


@router.get("/channels/{channel_id}/satisfaction")
async def get_satisfaction(channel_id: UUID, caller: Looker, parts: PartsOf) -> SatisfactionView:
    """Whether and when a channel asks people how satisfied they are."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        await channels.get_channel(connection, caller.workspace_id, ChannelId(channel_id))
        rows = await statements.satisfaction_of_channels(connection, caller.workspace_id, [channel_id])
    return satisfaction_view(rows[0]) if rows else SatisfactionView()


@router.put("/channels/{channel_id}/satisfaction")
async def set_satisfaction(channel_id: UUID, body: ChangeSatisfaction, caller: Chooser, parts: PartsOf) -> SatisfactionView:
    """Have a channel ask in private conversations after each answer, at most once a week; or not. It is as said here, whole."""
    if body.review_url is not None:
        check_address(body.review_url)
    setting = SatisfactionView(**body.model_dump())
    async with parts.database.transaction(caller.workspace_id) as connection:
        await channels.get_channel(connection, caller.workspace_id, ChannelId(channel_id))
        await statements.change_setting(connection, caller.workspace_id, channel_id, setting)
    return setting


@router.get("/ratings")
async def list_ratings(
    caller: Reader, parts: PartsOf, since: Border = None, until: Border = None, limit: Limit = 50, after: After = None
) -> Page[RatingView]:
    """What people said, the newest first."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await statements.ratings_page(
            connection, caller.workspace_id, since=since, until=until, before=position_of(after), limit=limit + 1
        )
    return list_of(rows, limit=limit, render=rating_view, time="rated_at")


@router.get("/ratings/averages")
async def list_averages(by: By, since: Moment, until: Moment, caller: Reader, parts: PartsOf) -> list[AverageView]:
    """Ratings of a time by member, discipline or channel; those with most first. At most 500."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await statements.rating_averages(connection, caller.workspace_id, by=by, since=since, until=until)
    return [average_view(row) for row in rows]
