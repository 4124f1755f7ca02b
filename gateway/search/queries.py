"""The query `search`. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.context import Info
from gateway.errors import MalformedInputError
from gateway.loaders import SearchKey
from gateway.relay import After, Connection, First, read_after, read_first, read_id_of
from gateway.search.types import SearchHit
from gateway.vocabulary import Direction, Discipline, Kind
from services.contracts.views import PageView
from services.contracts.views.search import SearchHitView

QUERY_CHARS = 500
VENUE_CHARS = 500
KINDS_LIMIT = 20


@strawberry.input(description="A place where people talk, by the network's own id.")
class VenueKey:
    """Names a venue."""

    network: str = strawberry.field(description="The network, in lower case.")
    external_id: str = strawberry.field(description="The network's own id of the place.")
    scope: str = strawberry.field(default="", description="Where the external id is unique; empty where everywhere.")


@strawberry.input(description="What narrows a search. All that is given must hold.")
class SearchFilter:
    """Everything is optional."""

    contact_id: strawberry.ID | None = strawberry.field(default=None, description="Said with this person, on any account; a Contact's id.")
    profile_id: strawberry.ID | None = strawberry.field(default=None, description="Said with this account of a person; a Profile's id.")
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="Over this channel, by its id.")
    venue: VenueKey | None = strawberry.field(default=None, description="In this place.")
    kinds: list[Kind] | None = strawberry.field(default=None, description="Of one of these kinds; at most 20.")
    direction: Direction | None = strawberry.field(default=None, description="Said by people, or by us.")
    discipline: Discipline | None = strawberry.field(default=None, description="About the work of this discipline.")
    label_id: strawberry.ID | None = strawberry.field(default=None, description="In conversations with this label, by its id.")
    since: datetime | None = strawberry.field(default=None, description="Not before this time; UTC where it has no offset.")
    until: datetime | None = strawberry.field(default=None, description="Before this time; UTC where it has no offset.")


Words = Annotated[
    str,
    strawberry.argument(
        description='All words must occur; "words in quotes" one after the other; word* as a beginning; -word must not occur. '
        "At most 500 characters. Without a word, all that the filter lets through; it must name something then."
    ),
]
Narrowed = Annotated[SearchFilter | None, strawberry.argument(description="What narrows the search.")]


def search_history(
    info: Info,
    query: Words = "",
    filter: Narrowed = None,  # noqa: A002 - the argument's name in the schema
    first: First = 20,
    after: After = None,
) -> Awaitable[PageView[SearchHitView]]:
    """What was said, by its words, and by who said it, where and when."""
    if len(query) > QUERY_CHARS:
        message = f"`query` must have at most {QUERY_CHARS} characters."
        raise MalformedInputError(message)
    key = _narrowed(SearchKey(query, read_first(first), read_after(after)), filter or SearchFilter())
    return info.context.loaders.hits_by_search.load(key)


def _narrowed(key: SearchKey, narrowed: SearchFilter) -> SearchKey:
    kinds = narrowed.kinds or None
    if kinds is not None and len(kinds) > KINDS_LIMIT:
        message = f"At most {KINDS_LIMIT} kinds."
        raise MalformedInputError(message)
    return key._replace(
        contact_id=_id(narrowed.contact_id, type_name="Contact"),
        profile_id=_id(narrowed.profile_id, type_name="Profile"),
        channel_id=_id(narrowed.channel_id, type_name="Channel"),
        venue=_venue(narrowed.venue),
        kinds=None if kinds is None else tuple(kinds),
        direction=narrowed.direction,
        discipline=narrowed.discipline,
        label_id=_id(narrowed.label_id, type_name="Label"),
        since=_moment(narrowed.since),
        until=_moment(narrowed.until),
    )


def _id(given: strawberry.ID | None, *, type_name: str) -> UUID | None:
    return None if given is None else read_id_of(given, type_name=type_name)


def _venue(venue: VenueKey | None) -> tuple[str, str, str] | None:
    if venue is None:
        return None
    parts = (venue.network, venue.scope, venue.external_id)
    if any(len(part) > VENUE_CHARS for part in parts):
        message = f"At most {VENUE_CHARS} characters for each part of a venue."
        raise MalformedInputError(message)
    return parts


def _moment(given: datetime | None) -> datetime | None:
    return given.replace(tzinfo=UTC) if given is not None and given.tzinfo is None else given


@strawberry.type
class SearchQueries:
    """Part of Query."""

    search = strawberry.field(
        resolver=search_history,
        graphql_type=Connection[SearchHit],
        description="What was said anywhere, at any time, by its words; the newest first, at most 100 a page. A page may be short, "
        "even empty, and have a next one: then the search goes on there.",
    )
