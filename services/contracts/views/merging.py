"""Merges and suggestions, as identity answers. Plain data."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.ids import ContactId, MemberId, MergeId, ProfileId


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeView:
    """An entry of the journal: `absorbed_id` went into `survivor_id`, or was parted from it (kind `detach`), with these profiles.

    `version` is the survivor's: a read of its history that carries it sees the merge.
    """

    id: MergeId
    kind: str
    survivor_id: ContactId
    absorbed_id: ContactId
    profile_ids: tuple[ProfileId, ...]
    reason: str
    by: MemberId | None
    created_at: datetime
    undone_at: datetime | None
    undone_by: MemberId | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VetoView:
    """Why evidence alone would not unite two contacts: a name, and a sentence."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePreviewView:
    """What a merge would unite, what speaks for it, and what against."""

    survivor_id: ContactId
    absorbed_id: ContactId
    profile_ids: tuple[ProfileId, ...]
    score: float
    explanation: str
    vetoes: tuple[VetoView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignView:
    """A piece of evidence: its rule, and what it weighs in bits; less than none speaks against."""

    rule: str
    bits: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionView:
    """Two contacts that may be one person, by a profile of each. `score` is the probability, 0 to 1."""

    id: UUID
    contact_id: ContactId
    other_contact_id: ContactId
    profile_id: ProfileId
    other_profile_id: ProfileId
    state: str
    rule: str
    score: float
    explanation: str
    evidence: tuple[SignView, ...]
    created_at: datetime
    decided_at: datetime | None
    decided_by: MemberId | None
