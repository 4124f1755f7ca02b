"""Loaders of imports: one by its id, a page of them. Part of Loaders."""

from functools import cached_property

from gateway.clients.importing import ImportingClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader
from gateway.loaders.identity import PeoplePageKey
from services.contracts.views import ImportView, PageView


class ImportByIdLoader(ByIdLoader[ImportView | None]):
    """Imports."""


class ImportsByPageLoader(OneByOneLoader[PeoplePageKey, PageView[ImportView]]):
    """A page of the workspace's imports."""


class ImportingLoaders:
    """Part of Loaders."""

    _importing: ImportingClient

    @cached_property
    def import_by_id(self) -> ImportByIdLoader:
        """Keys: import ids."""
        return ImportByIdLoader(self._importing.by_ids)

    @cached_property
    def imports_by_page(self) -> ImportsByPageLoader:
        """Keys: pages."""
        return ImportsByPageLoader(lambda key: self._importing.page(limit=key.limit, after=key.after))
