"""Loaders of erasures. Called by resolvers through `Loaders`."""

from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from gateway.clients.erasures import ErasureClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader
from services.contracts.views import ErasureView, HoldView, PageView, PersonExportView
from services.contracts.views.retention import RetentionDueView, RetentionRunView, RetentionView


class ErasuresByIdLoader(OneByOneLoader[UUID, ErasureView | None]):
    """Certificates; somebody asks for one."""


class PersonExportsByIdLoader(OneByOneLoader[UUID, PersonExportView | None]):
    """All that is kept of a person as a file; somebody asks for one."""


class HoldByContactLoader(ByIdLoader[HoldView | None]):
    """The legal hold of a contact."""


class RunsPageKey(NamedTuple):
    """A page of runs."""

    first: int
    after: str | None


class RetentionRunsByPageLoader(OneByOneLoader[RunsPageKey, PageView[RetentionRunView]]):
    """What went by the rules."""


class RetentionDueByRulesLoader(OneByOneLoader[tuple[str, ...], list[RetentionDueView]]):
    """What would go by rules."""


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
    def hold_by_contact(self) -> HoldByContactLoader:
        """Keys: contact ids."""
        return HoldByContactLoader(self._erasures.holds_by_contact_ids)

    @cached_property
    def retention_runs_by_page(self) -> RetentionRunsByPageLoader:
        """Keys: pages."""
        return RetentionRunsByPageLoader(lambda key: self._erasures.retention_runs(limit=key.first, after=key.after))

    @cached_property
    def retention_due_by_rules(self) -> RetentionDueByRulesLoader:
        """Keys: rules as they are written in addresses."""
        return RetentionDueByRulesLoader(self._erasures.retention_due)

    @cached_property
    def retention_by_caller(self) -> RetentionByCallerLoader:
        """Key: None."""
        return RetentionByCallerLoader(lambda _: self._erasures.retention())
