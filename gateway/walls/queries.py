"""Queries of walls: people, sums, and the messages behind every figure. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.context import Info
from gateway.conversations.types import Interaction
from gateway.errors import MalformedInputError
from gateway.loaders import WallKey
from gateway.relay import After, Connection, First, read_after, read_first, read_id_of
from gateway.vocabulary import Discipline
from gateway.walls.types import Wall, WallTotals
from services.contracts.views import InteractionView, PageView
from services.contracts.views.walls import WallTotalsView, WallView

LONGEST_MINUTES = 10 * 366 * 24 * 60


@strawberry.input(description="What counts as unanswered, and what narrows it. All that is given must hold.")
class WallFilter:
    """Everything is optional."""

    older_than_minutes: int | None = strawberry.field(
        default=None, description="Whatever has been owed for so long, due or not; null: what is past its due time. At most ten years."
    )
    contact_id: strawberry.ID | None = strawberry.field(default=None, description="Of this person, on any account; a Contact's id.")
    profile_id: strawberry.ID | None = strawberry.field(default=None, description="Of this account of a person; a Profile's id.")
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="On this channel, by its id.")
    discipline: Discipline | None = strawberry.field(default=None, description="The work of this discipline.")
    untriaged: bool = strawberry.field(default=False, description="Only what has no discipline.")
    member_id: strawberry.ID | None = strawberry.field(default=None, description="What this member has; a Member's id.")
    unassigned: bool = strawberry.field(default=False, description="Only what no member has.")


Narrowed = Annotated[WallFilter | None, strawberry.argument(description="What counts as unanswered; null: all that is past its due time.")]


def list_walls(
    info: Info,
    filter: Narrowed = None,  # noqa: A002 - the argument's name in the schema
    first: First = 20,
    after: After = None,
) -> Awaitable[PageView[WallView]]:
    """Who is left unanswered."""
    return info.context.loaders.walls_by_page.load(_key(filter, first=first, after=after))


def count_walls(info: Info, filter: Narrowed = None) -> Awaitable[WallTotalsView]:  # noqa: A002 - the argument's name in the schema
    """How many, and where."""
    return info.context.loaders.wall_totals.load(_key(filter, first=1, after=None))


def list_unanswered(
    info: Info,
    filter: Narrowed = None,  # noqa: A002 - the argument's name in the schema
    first: First = 20,
    after: After = None,
) -> Awaitable[PageView[InteractionView]]:
    """What was not answered."""
    return info.context.loaders.unanswered_by_page.load(_key(filter, first=first, after=after))


def _key(given: WallFilter | None, *, first: int, after: str | None) -> WallKey:
    narrowed = given or WallFilter()
    minutes = narrowed.older_than_minutes
    if minutes is not None and not 1 <= minutes <= LONGEST_MINUTES:
        message = f"`olderThanMinutes` must lie between 1 and {LONGEST_MINUTES}."
        raise MalformedInputError(message)
    return WallKey(
        limit=read_first(first),
        after=read_after(after),
        older_than_minutes=minutes,
        contact_id=_id(narrowed.contact_id, type_name="Contact"),
        profile_id=_id(narrowed.profile_id, type_name="Profile"),
        channel_id=_id(narrowed.channel_id, type_name="Channel"),
        discipline=narrowed.discipline,
        untriaged=narrowed.untriaged,
        member_id=_id(narrowed.member_id, type_name="Member"),
        unassigned=narrowed.unassigned,
    )


def _id(given: strawberry.ID | None, *, type_name: str) -> UUID | None:
    return None if given is None else read_id_of(given, type_name=type_name)


@strawberry.type
class WallQueries:
    """Part of Query."""

    walls = strawberry.field(
        resolver=list_walls,
        graphql_type=Connection[Wall],
        description="The people who are left unanswered, a row each; whoever waits longest first. At most 100 a page.",
    )
    wall_totals = strawberry.field(
        resolver=count_walls,
        graphql_type=WallTotals,
        description="How many people and messages are unanswered, in all and by channel, discipline and member.",
    )
    unanswered = strawberry.field(
        resolver=list_unanswered,
        graphql_type=Connection[Interaction],
        description="The unanswered messages themselves, the oldest first: what the figures of walls count. At most 100 a page.",
    )
