"""Answers a search: reads the query, finds the rows, shows where the words stand. Called by REST and the batch route; reads only."""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.contracts.views import PageView
from services.contracts.views.search import HighlightView, SearchHitView
from services.engagement.errors import NothingToSearchError
from services.engagement.rendering import interaction_view
from services.engagement.search.excerpts import Excerpt, excerpt_of
from services.engagement.search.folding import parts_of
from services.engagement.search.queries import Query, read_query
from services.engagement.statements import reading, search
from services.engagement.statements.search import Filter, Wanted
from services.kit.db import Connection
from services.kit.errors import BadRequestError
from services.kit.pagination import encode_cursor

Position = tuple[datetime, UUID]


async def list_hits(  # noqa: PLR0913 - each is one part of the question
    connection: Connection,
    workspace: WorkspaceId,
    text: str,
    *,
    narrowed: Filter,
    before: Position | None,
    limit: int,
    now: datetime | None = None,
) -> PageView[SearchHitView]:
    """The newest rows that match, with excerpts. A page may be short and still have a next one: then the search goes on there.

    Without a word all that the filter lets through matches. Raises NothingToSearchError where there is neither.
    """
    query = read_query(text)
    if not query.wanted and narrowed == Filter():
        raise NothingToSearchError
    rows = await search.matching_rows(connection, _wanted(query), narrowed, before=before, limit=limit + 1)
    stopped = rows[-1] if rows and rows[-1]["resume"] else None
    found = [row for row in rows if not row["resume"]][:limit]
    whole = (
        {row["id"]: row for row in await reading.interactions_by_id(connection, workspace, [row["id"] for row in found])} if found else {}
    )
    hits = [(_hit(whole[row["id"]], query, now=now), _cursor(row)) for row in found if row["id"] in whole]
    return PageView(
        items=tuple(hit for hit, _ in hits),
        cursors=tuple(cursor for _, cursor in hits),
        has_next=stopped is not None or len(rows) > limit,
        resume=_cursor(stopped) if stopped is not None else None,
    )


def moment_of(given: datetime | None) -> datetime | None:
    """A time as the database takes it. Raises BadRequestError."""
    if given is None:
        return None
    if given.tzinfo is None:
        raise BadRequestError("Give times with their offset, such as 2026-05-04T10:00:00Z.")
    try:
        return given.astimezone(UTC)
    except OverflowError as error:
        raise BadRequestError("This time lies outside the calendar.") from error


def _wanted(query: Query) -> Wanted:
    return Wanted(
        patterns=[part.pattern() for part in query.wanted],
        absent=[part.pattern() for part in query.unwanted],
        terms=sorted({term for part in query.wanted for term in part.terms()}),
        beginnings=sorted({beginning for part in query.wanted if (beginning := part.beginning()) is not None}),
    )


def _hit(row: asyncpg.Record, query: Query, *, now: datetime | None) -> SearchHitView:
    excerpt = _excerpt(row, query)
    return SearchHitView(
        interaction=interaction_view(row, now=now),
        excerpt=excerpt.text,
        highlights=tuple(HighlightView(start=start, end=end) for start, end in excerpt.places),
    )


def _excerpt(row: asyncpg.Record, query: Query) -> Excerpt:
    """Of the first part in which something that is wanted stands: the text, the subject, a file's name."""
    names = [str(each.get("name") or "") for each in row["attachments"] or ()]
    shown = (excerpt_of(part, query) for part in parts_of(row["text"], subject=row["subject"], names=names))
    return next((each for each in shown if each.places), excerpt_of(row["text"] or "", query))


def _cursor(row: asyncpg.Record) -> str:
    return encode_cursor(row["occurred_at"], row["id"])
