"""API keys as they are shown. Plain data."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import KeyId, MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """An API key, without its secret."""

    id: KeyId
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_by: MemberId | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKeyView:
    """A key just made; `token` is shown this once."""

    key: KeyView
    token: str
