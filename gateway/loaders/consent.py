"""Loaders of what people let us do. Called by resolvers through `Loaders`."""

from functools import cached_property

from gateway.clients.consent import ConsentClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader, PagesLoader
from services.contracts.views.consent import ConsentSettingsView, ConsentView


class ConsentByContactLoader(ByIdLoader[list[ConsentView]]):
    """The words of a contact that count."""


class ConsentHistoryByContactLoader(PagesLoader[ConsentView]):
    """Pages of every word of a contact."""


class ConsentSettingsByCallerLoader(OneByOneLoader[None, ConsentSettingsView]):
    """The workspace's purposes and keywords."""


class ConsentLoaders:
    """Part of Loaders."""

    _consent: ConsentClient

    @cached_property
    def consent_by_contact(self) -> ConsentByContactLoader:
        """Keys: contact ids."""
        return ConsentByContactLoader(self._consent.consent_by_contact_ids)

    @cached_property
    def consent_history_by_contact(self) -> ConsentHistoryByContactLoader:
        """Keys: pages of contact ids."""
        return ConsentHistoryByContactLoader(self._consent.history_by_contact_ids)

    @cached_property
    def consent_settings_by_caller(self) -> ConsentSettingsByCallerLoader:
        """Key: None."""
        return ConsentSettingsByCallerLoader(lambda _: self._consent.settings())
