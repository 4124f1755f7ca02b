"""How loaders batch: by ids, by first pages, one by one. Called by the topics' loaders; knows no topic."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from gateway.batching import BatchLoader
from services.contracts.views import BATCH_LIMIT, PageView

Listed = TypeVar("Listed")
Found = TypeVar("Found")
Key = TypeVar("Key")


class PageKey(NamedTuple):
    """A page of one thing's list: the thing's id, the page size, the cursor to continue after."""

    id: UUID
    first: int
    after: str | None


class ByIdLoader(BatchLoader[UUID, Found]):
    """Batches ids, at most as many as a batch route takes."""

    def __init__(self, fetch: Callable[[list[UUID]], Awaitable[Sequence[Found]]]) -> None:
        super().__init__(fetch, most=BATCH_LIMIT)


class PagesFetch(Protocol[Listed]):
    """The shape of a client's function that answers pages for many ids."""

    async def __call__(self, ids: list[UUID], *, limit: int, after: str | None) -> Sequence[PageView[Listed]]:
        """Pages aligned with `ids`."""
        ...


class PagesLoader(BatchLoader[PageKey, PageView[Listed]]):
    """Batches first pages of the same size into one call; a page with a cursor goes alone, for a cursor is one list's."""

    def __init__(self, fetch: PagesFetch[Listed]) -> None:
        super().__init__(self._load_pages, most=BATCH_LIMIT)
        self._fetch_pages = fetch

    async def _load_pages(self, keys: list[PageKey]) -> list[PageView[Listed] | BaseException]:
        alike: dict[tuple[int, str | None, UUID | None], list[PageKey]] = {}
        for key in keys:
            alike.setdefault((key.first, key.after, key.id if key.after else None), []).append(key)
        answers = await asyncio.gather(
            *(self._fetch_pages([key.id for key in group], limit=first, after=after) for (first, after, _), group in alike.items()),
            return_exceptions=True,
        )
        found: dict[PageKey, PageView[Listed] | BaseException] = {}
        for group, pages in zip(alike.values(), answers, strict=True):
            found.update(dict.fromkeys(group, pages) if isinstance(pages, BaseException) else zip(group, pages, strict=True))
        return [found[key] for key in keys]


class OneByOneLoader(BatchLoader[Key, Found]):
    """Lists of the whole workspace: one call per distinct key, asked for once however often it is selected."""

    def __init__(self, fetch: Callable[[Key], Coroutine[None, None, Found]]) -> None:
        super().__init__(self._load_each)
        self._fetch_one = fetch

    async def _load_each(self, keys: list[Key]) -> list[Found | BaseException]:
        if len(keys) == 1:
            return [await self._fetch_one(keys[0])]
        return await asyncio.gather(*(self._fetch_one(key) for key in keys), return_exceptions=True)
