"""Loaders of suggestions and previews of merges. Called by resolvers through `Loaders`."""

from functools import cached_property

from gateway.clients.merging import MergingClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader
from gateway.loaders.identity import PeoplePageKey
from services.contracts.ids import ContactId
from services.contracts.views import MergePreviewView, PageView, SuggestionView


class SuggestionByIdLoader(ByIdLoader[SuggestionView | None]):
    """Suggestions."""


class SuggestionsByContactLoader(ByIdLoader[list[SuggestionView]]):
    """What is open about a contact."""


class SuggestionsByPageLoader(OneByOneLoader[PeoplePageKey, PageView[SuggestionView]]):
    """A page of what is open."""


class MergePreviewLoader(OneByOneLoader[tuple[ContactId, ContactId], MergePreviewView]):
    """What merges would unite."""


class MergingLoaders:
    """Part of Loaders."""

    _merging: MergingClient

    @cached_property
    def suggestion_by_id(self) -> SuggestionByIdLoader:
        """Keys: suggestion ids."""
        return SuggestionByIdLoader(self._merging.suggestions_by_ids)

    @cached_property
    def suggestions_by_contact(self) -> SuggestionsByContactLoader:
        """Keys: contact ids."""
        return SuggestionsByContactLoader(self._merging.suggestions_by_contact_ids)

    @cached_property
    def suggestions_by_page(self) -> SuggestionsByPageLoader:
        """Keys: pages."""
        return SuggestionsByPageLoader(lambda key: self._merging.page(limit=key.limit, after=key.after))

    @cached_property
    def merge_preview(self) -> MergePreviewLoader:
        """Keys: the contact that stays, and the other."""
        return MergePreviewLoader(lambda key: self._merging.preview(*key))
