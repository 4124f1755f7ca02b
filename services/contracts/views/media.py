"""What services tell of files. Plain data."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaView:
    """A file. `type` is what its bytes say; `url` is a signed link that ends after an hour or two, None until the file is there.

    `state` is wanted (to be fetched), stored, or refused (with `reason`); `source` is upload, platform or visitor.
    """

    id: UUID
    state: str
    source: str
    name: str
    type: str
    size_bytes: int
    width: int | None
    height: int | None
    url: str | None
    reason: str
    created_at: datetime
