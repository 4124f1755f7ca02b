"""Pages of anything, and how large they and the batches may be. Plain data."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
BATCH_LIMIT = 200
PAGE_LIMIT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView(Generic[Item]):
    """A keyset page; `cursors[n]` continues after `items[n]`. `resume` says where to go on where that is not after the last item."""

    items: tuple[Item, ...]
    cursors: tuple[str, ...]
    has_next: bool
    resume: str | None = None
