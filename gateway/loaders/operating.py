"""Loaders for operators: dead letters of all services as one list, and the journal. Called by resolvers through `Loaders`."""

import asyncio
from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from gateway.clients.engagement import EngagementClient
from gateway.clients.operating import OperatingClient
from gateway.loaders.batches import OneByOneLoader
from services.contracts.views import DeadLetterView, JournalRowView, PageView
from services.kit.pagination import encode_cursor


class LetterPageKey(NamedTuple):
    """A page of all services' dead letters."""

    limit: int
    after: str | None


class JournalPageKey(NamedTuple):
    """A page of the workspace's journal."""

    limit: int
    after: str | None
    state: str | None = None


class DeadLettersByPageLoader(OneByOneLoader[LetterPageKey, PageView[DeadLetterView]]):
    """A page of the workspace's dead letters, of whatever service."""


class JournalByPageLoader(OneByOneLoader[JournalPageKey, PageView[JournalRowView]]):
    """A page of the workspace's journal."""


class OperatingLoaders:
    """Part of Loaders."""

    _operating: Mapping[str, OperatingClient]
    _engagement: EngagementClient

    @cached_property
    def dead_letters_by_page(self) -> DeadLettersByPageLoader:
        """Keys: pages."""
        return DeadLettersByPageLoader(self._page_of_letters)

    @cached_property
    def journal_by_page(self) -> JournalByPageLoader:
        """Keys: pages."""
        return JournalByPageLoader(self._page_of_journal)

    async def _page_of_letters(self, key: LetterPageKey) -> PageView[DeadLetterView]:
        """Every service is asked for a whole page after the same id: ids grow with time, so the newest of all are among them."""
        asked = (client.dead_letters(limit=key.limit, after=key.after) for client in self._operating.values())
        pages = await asyncio.gather(*asked)
        letters = [letter for found, _ in pages for letter in found]
        letters.sort(key=lambda letter: letter.id, reverse=True)
        items = tuple(letters[: key.limit])
        has_next = len(letters) > key.limit or any(more for _, more in pages)
        return PageView(items=items, cursors=tuple(encode_cursor(each.id) for each in items), has_next=has_next)

    async def _page_of_journal(self, key: JournalPageKey) -> PageView[JournalRowView]:
        rows, has_next = await self._engagement.journal(limit=key.limit, after=key.after, state=key.state)
        return PageView(items=tuple(rows), cursors=tuple(encode_cursor(each.id) for each in rows), has_next=has_next)
