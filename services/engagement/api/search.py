"""REST of search: what was said anywhere, at any time, by its words, and by who said it, where and when."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.contracts.views.search import SearchHitView
from services.contracts.vocabulary import Direction, Discipline, Kind
from services.engagement.api.edge import PartsOf
from services.engagement.rendering import position_of
from services.engagement.search.finding import list_hits, moment_of
from services.engagement.statements.search import Filter
from services.kit.access import Caller, require
from services.kit.errors import BadRequestError
from services.kit.http.moments import LooseMoment
from services.kit.pagination import After, Limit, Page

router = APIRouter(prefix="/v1", tags=["search"])
Reader = Annotated[Caller, Depends(require("conversations:read"))]
Words = Annotated[
    str,
    Query(
        max_length=500,
        description='All words must occur; "words in quotes" one after the other; word* as a beginning; -word must not occur. '
        "Without a word, all that the other parameters let through; one of them is needed then.",
    ),
]
Kinds = Annotated[list[Kind] | None, Query(max_length=20, description="One of these kinds.")]
Border = Annotated[LooseMoment | None, Query(description="A time with its offset, such as 2026-05-04T10:00:00Z.")]
VenuePart = Annotated[str | None, Query(max_length=500, description="The venue: all of network, scope (may be empty) and id.")]


def asked_filter(  # noqa: PLR0913, PLR0917 - FastAPI reads the query's parameters from here, by name
    contact_id: UUID | None = None,
    profile_id: UUID | None = None,
    channel_id: UUID | None = None,
    venue_network: VenuePart = None,
    venue_scope: VenuePart = None,
    venue_id: VenuePart = None,
    kind: Kinds = None,
    direction: Direction | None = None,
    discipline: Discipline | None = None,
    label_id: UUID | None = None,
    since: Border = None,
    until: Border = None,
) -> Filter:
    """What the parameters narrow the search to. Raises BadRequestError."""
    return Filter(
        contact=contact_id,
        profile=profile_id,
        channel=channel_id,
        venue=_venue(venue_network, venue_scope, venue_id),
        kinds=[each.value for each in kind] if kind else None,
        direction=direction.value if direction else None,
        discipline=discipline.value if discipline else None,
        label=label_id,
        since=moment_of(since),
        until=moment_of(until),
    )


@router.get("/search")
async def search_history(
    caller: Reader,
    parts: PartsOf,
    narrowed: Annotated[Filter, Depends(asked_filter)],
    q: Words = "",
    limit: Limit = 50,
    after: After = None,
) -> Page[SearchHitView]:
    """The newest rows of the history that match. A page may be short, or empty, and have a `next_cursor`: the search goes on there."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        page = await list_hits(
            connection, caller.workspace_id, q, narrowed=narrowed, before=position_of(after), limit=limit, now=parts.clock.now()
        )
    last = page.resume or (page.cursors[-1] if page.cursors else None)
    return Page(items=page.items, next_cursor=last if page.has_next else None)


def _venue(network: str | None, scope: str | None, external_id: str | None) -> tuple[str, str, str] | None:
    if network is None and scope is None and external_id is None:
        return None
    if network is None or external_id is None:
        raise BadRequestError("Name a venue by venue_network and venue_id, and venue_scope where it has one.")
    return (network, scope or "", external_id)
