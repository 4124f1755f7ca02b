"""Loaders of API keys. Part of Loaders."""

from functools import cached_property

from gateway.clients.keys import KeyClient
from gateway.loaders.batches import OneByOneLoader
from gateway.loaders.identity import PeoplePageKey
from services.contracts.views import PageView
from services.contracts.views.keys import KeyView


class ApiKeysByPageLoader(OneByOneLoader[PeoplePageKey, PageView[KeyView]]):
    """A page of the workspace's keys."""


class KeyLoaders:
    """Part of Loaders."""

    _keys: KeyClient

    @cached_property
    def api_keys_by_page(self) -> ApiKeysByPageLoader:
        """Keys: pages."""
        return ApiKeysByPageLoader(lambda key: self._keys.page(limit=key.limit, after=key.after))
