"""Loaders of suggestions and previews of merges. Called by resolvers through `Loaders`."""

from functools import cached_property
from typing import NamedTuple

from gateway.clients.merging import MergingClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader, PagesLoader
from services.contracts.ids import ContactId
from services.contracts.views import MergePreviewView, MergeView, PageView, SuggestionView


class SuggestionByIdLoader(ByIdLoader[SuggestionView | None]):
    """Suggestions."""


class SuggestionsByContactLoader(ByIdLoader[list[SuggestionView]]):
    """What is open about a contact."""


class SuggestionsPageKey(NamedTuple):
    """A page of suggestions of a state."""

    limit: int
    after: str | None
    state: str


class SuggestionsByPageLoader(OneByOneLoader[SuggestionsPageKey, PageView[SuggestionView]]):
    """A page of suggestions."""


class MergeByIdLoader(ByIdLoader[MergeView | None]):
    """Entries of the journal of merges."""


class MergesByContactLoader(PagesLoader[MergeView]):
    """Pages of a contact's entries in the journal of merges."""


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
        return SuggestionsByPageLoader(lambda key: self._merging.page(limit=key.limit, after=key.after, state=key.state))

    @cached_property
    def merge_by_id(self) -> MergeByIdLoader:
        """Keys: merge ids."""
        return MergeByIdLoader(self._merging.merges_by_ids)

    @cached_property
    def merges_by_contact(self) -> MergesByContactLoader:
        """Keys: pages of contact ids."""
        return MergesByContactLoader(self._merging.merges_by_contact_ids)

    @cached_property
    def merge_preview(self) -> MergePreviewLoader:
        """Keys: the contact that stays, and the other."""
        return MergePreviewLoader(lambda key: self._merging.preview(*key))
