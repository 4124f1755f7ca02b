"""What people let us do, as identity answers. Plain data."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.consent import Purpose
from services.contracts.ids import ChannelId, InteractionId, MemberId, ProfileId
from services.contracts.vocabulary import ConsentSource, ConsentState


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentView:
    """One word of a person on a purpose, with its proof. No `network`: on every one; no `channel_id`: every channel of it.

    `at` is when it was said, `recorded_at` when it was written down.
    """

    id: UUID
    profile_id: ProfileId
    purpose: str
    network: str | None
    channel_id: ChannelId | None
    state: ConsentState
    at: datetime
    recorded_at: datetime
    source: ConsentSource
    how: str
    wording: str
    interaction_id: InteractionId | None
    recorded_by: MemberId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentSettingsView:
    """What a workspace asks consent for, and the words by which people say so themselves. Version 0: as the product brings it."""

    purposes: tuple[Purpose, ...]
    opt_out: tuple[str, ...]
    opt_in: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceLinkView:
    """Where a person sees and changes what we may write, without an account."""

    profile_id: ProfileId
    url: str
    expires_at: datetime
