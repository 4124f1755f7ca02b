"""Loaders of walls. Called by resolvers through `Loaders`."""

from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from gateway.clients.reporting import ReportingClient
from gateway.loaders.batches import OneByOneLoader
from services.contracts.views import InteractionView, PageView
from services.contracts.views.walls import WallTotalsView, WallView
from services.contracts.vocabulary import Discipline


class WallKey(NamedTuple):
    """A page of the report, what counts in it and what narrows it."""

    limit: int
    after: str | None
    older_than_minutes: int | None = None
    contact_id: UUID | None = None
    profile_id: UUID | None = None
    channel_id: UUID | None = None
    discipline: Discipline | None = None
    untriaged: bool = False
    member_id: UUID | None = None
    unassigned: bool = False


class WallsByPageLoader(OneByOneLoader[WallKey, PageView[WallView]]):
    """A page of people who are left unanswered."""


class WallTotalsLoader(OneByOneLoader[WallKey, WallTotalsView]):
    """How many, and where."""


class UnansweredByPageLoader(OneByOneLoader[WallKey, PageView[InteractionView]]):
    """A page of their messages."""


class ReportingLoaders:
    """Part of Loaders."""

    _reporting: ReportingClient

    @cached_property
    def walls_by_page(self) -> WallsByPageLoader:
        """Keys: pages."""
        return WallsByPageLoader(lambda key: self._reporting.walls(key._asdict()))

    @cached_property
    def wall_totals(self) -> WallTotalsLoader:
        """Keys: what counts; their pages are of no matter."""
        return WallTotalsLoader(lambda key: self._reporting.totals(key._asdict()))

    @cached_property
    def unanswered_by_page(self) -> UnansweredByPageLoader:
        """Keys: pages."""
        return UnansweredByPageLoader(lambda key: self._reporting.unanswered(key._asdict()))
