"""Loaders of erasures. Called by resolvers through `Loaders`."""

from functools import cached_property
from uuid import UUID

from gateway.clients.erasures import ErasureClient
from gateway.loaders.batches import OneByOneLoader
from services.contracts.views import ErasureView, PersonExportView
from services.contracts.views.retention import RetentionView


class ErasuresByIdLoader(OneByOneLoader[UUID, ErasureView | None]):
    """Certificates; somebody asks for one."""


class PersonExportsByIdLoader(OneByOneLoader[UUID, PersonExportView | None]):
    """All that is kept of a person as a file; somebody asks for one."""


class RetentionByCallerLoader(OneByOneLoader[None, RetentionView]):
    """How long the workspace keeps what."""


class ErasingLoaders:
    """Part of Loaders."""

    _erasures: ErasureClient

    @cached_property
    def erasures_by_id(self) -> ErasuresByIdLoader:
        """Keys: erasures."""
        return ErasuresByIdLoader(self._erasures.find)

    @cached_property
    def person_exports_by_id(self) -> PersonExportsByIdLoader:
        """Keys: exports."""
        return PersonExportsByIdLoader(self._erasures.find_export)

    @cached_property
    def retention_by_caller(self) -> RetentionByCallerLoader:
        """Key: None."""
        return RetentionByCallerLoader(lambda _: self._erasures.retention())
