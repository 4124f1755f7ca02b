"""Loaders of one request: many resolvers ask for one thing each, one batch call answers them all. Called by resolvers.

Named ThingByKeyLoader, a module per service. Nothing outlives the operation.
"""

from typing import Any

from gateway.batching import BatchLoader
from gateway.clients import Clients
from gateway.loaders.batches import PageKey
from gateway.loaders.channels import ChannelLoaders
from gateway.loaders.companies import CompaniesPageKey, CompanyLoaders
from gateway.loaders.composing import CannedPageKey, ComposingLoaders, ListPageKey, RenderingKey, TranslationKey, UnsentPageKey
from gateway.loaders.consent import ConsentLoaders
from gateway.loaders.engagement import ConversationPageKey, EngagementLoaders, FilterCountKey, InboxPageKey, SearchKey
from gateway.loaders.erasing import ErasingLoaders
from gateway.loaders.facts import FactLoaders
from gateway.loaders.handling import HandlingLoaders
from gateway.loaders.identity import ContactsPageKey, IdentityLoaders, PeoplePageKey
from gateway.loaders.importing import ImportingLoaders
from gateway.loaders.keys import KeyLoaders
from gateway.loaders.members import AuditPageKey, MemberLoaders
from gateway.loaders.merging import MergingLoaders, SuggestionsPageKey
from gateway.loaders.notifying import NotificationPageKey, NotifyingLoaders
from gateway.loaders.operating import JournalPageKey, LetterPageKey, OperatingLoaders
from gateway.loaders.partners import DeliveriesKey, PartnerLoaders
from gateway.loaders.rating import AverageKey, RatingLoaders, RatingPageKey
from gateway.loaders.reporting import ReportingLoaders, WallKey
from gateway.loaders.routing import BoardKey, BoardPeopleKey, RoutingLoaders, TaskPageKey

__all__ = [
    "AuditPageKey",
    "AverageKey",
    "BoardKey",
    "BoardPeopleKey",
    "CannedPageKey",
    "CompaniesPageKey",
    "ContactsPageKey",
    "ConversationPageKey",
    "DeliveriesKey",
    "FilterCountKey",
    "InboxPageKey",
    "JournalPageKey",
    "LetterPageKey",
    "ListPageKey",
    "Loaders",
    "NotificationPageKey",
    "PageKey",
    "PeoplePageKey",
    "RatingPageKey",
    "RenderingKey",
    "SearchKey",
    "SuggestionsPageKey",
    "TaskPageKey",
    "TranslationKey",
    "UnsentPageKey",
    "WallKey",
]


class Loaders(
    IdentityLoaders,
    ImportingLoaders,
    KeyLoaders,
    MemberLoaders,
    FactLoaders,
    ConsentLoaders,
    CompanyLoaders,
    PartnerLoaders,
    MergingLoaders,
    ErasingLoaders,
    EngagementLoaders,
    HandlingLoaders,
    ComposingLoaders,
    RoutingLoaders,
    OperatingLoaders,
    NotifyingLoaders,
    RatingLoaders,
    ReportingLoaders,
    ChannelLoaders,
):
    """Every loader of one request, made when first asked for."""

    def __init__(self, clients: Clients) -> None:
        self._identity = clients.identity
        self._importing = clients.importing
        self._members = clients.members
        self._facts = clients.facts
        self._consent = clients.consent
        self._companies = clients.companies
        self._partners = clients.partners
        self._merging = clients.merging
        self._erasures = clients.erasures
        self._keys = clients.keys
        self._engagement = clients.engagement
        self._composing = clients.composing
        self._handling = clients.handling
        self._routing = clients.routing
        self._operating = clients.operating
        self._notifying = clients.notifying
        self._rating = clients.rating
        self._reporting = clients.reporting
        self._channels = clients.channels

    async def rewind(self) -> None:
        """Let the operation run anew without asking any service twice."""
        for loader in self._made():
            await loader.rewind()

    async def close(self) -> None:
        """End whatever is still being fetched."""
        for loader in self._made():
            await loader.close()

    def _made(self) -> list[BatchLoader[Any, Any]]:
        return [made for made in self.__dict__.values() if isinstance(made, BatchLoader)]
