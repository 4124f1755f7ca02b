"""Loaders of erasures. Called by resolvers through `Loaders`."""

from functools import cached_property
from uuid import UUID

from gateway.clients.erasures import ErasureClient
from gateway.loaders.batches import OneByOneLoader
from services.contracts.views import ErasureView


class ErasuresByIdLoader(OneByOneLoader[UUID, ErasureView | None]):
    """Certificates; somebody asks for one."""


class ErasingLoaders:
    """Part of Loaders."""

    _erasures: ErasureClient

    @cached_property
    def erasures_by_id(self) -> ErasuresByIdLoader:
        """Keys: erasures."""
        return ErasuresByIdLoader(self._erasures.find)
