"""Reconciliation and JournalGap: how a channel compares with its platform. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from datetime import datetime

import strawberry

from gateway.context import Info
from gateway.relay import shows
from services.contracts.views import ChannelView, GapView, ReconciliationView


def first_of(root: strawberry.Parent[GapView]) -> str:
    """Platforms' numbers are larger than GraphQL's integers."""
    return str(root.first)


def last_of(root: strawberry.Parent[GapView]) -> str:
    """As `first_of`."""
    return str(root.last)


@shows(GapView, description="Numbers of a platform's events that did not come.")
class JournalGap:
    """See GapView."""

    first = strawberry.field(resolver=first_of, graphql_type=str, description="The first number that is missing, in digits.")
    last = strawberry.field(resolver=last_of, graphql_type=str, description="The last number that is missing, in digits.")
    noticed_at: datetime = strawberry.field(description="When that was noticed; UTC.")
    filled_at: datetime | None = strawberry.field(description="When they were all there after all; null until then; UTC.")


@shows(ReconciliationView, description="How a channel's journal compares with what its platform says has happened.")
class Reconciliation:
    """See ReconciliationView."""

    possible: bool = strawberry.field(description="Whether the platform can be asked.")
    reconciled_until: datetime | None = strawberry.field(description="Everything before was asked for; null where it cannot be; UTC.")
    demanded_since: datetime | None = strawberry.field(description="From when somebody wants it asked for, until that is done; UTC.")
    due_at: datetime | None = strawberry.field(description="When it is asked next; UTC.")
    finished_at: datetime | None = strawberry.field(description="When it was last asked, whatever came of it; UTC.")
    found: int = strawberry.field(description="How many items only this brought, since the channel was connected.")
    reason: str = strawberry.field(description="Why asking failed the last time; empty where it did not; at most 500 characters.")
    gaps: list[JournalGap] = strawberry.field(
        graphql_type=list[JournalGap], description="The newest gaps in what the platform numbers; at most 20."
    )
    lacking: int = strawberry.field(
        description="Interactions whose words or writer the platform is asked for, because deliveries carry ids only; at most 1,000."
    )
    untold: int = strawberry.field(
        description="Interactions of which the platform never told that; backfillChannel asks for them again. At most 1,000."
    )
    untold_reasons: list[str] = strawberry.field(description="Why, in the platform's words, of the newest; at most 20.")


def reconciliation_of(root: strawberry.Parent[ChannelView], info: Info) -> Awaitable[ReconciliationView | None]:
    """How the channel compares."""
    return info.context.loaders.reconciliation_by_channel.load(root.id)
