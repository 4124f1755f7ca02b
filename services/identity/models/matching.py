"""What joining works on and writes: facts and keys of profiles, edges between them, what keeps them apart, merges, suggestions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, Index, Text, UniqueConstraint, text
from sqlalchemy import Uuid as UuidType
from sqlmodel import Field

from services.identity.models.schema import Table, of_profile
from services.kit.model import UtcDateTime


class ProfileFacts(Table, table=True):
    """What of a profile can be compared, normalised, as JSON: derived from the profile, its values and identifiers."""

    __tablename__ = "profile_facts"
    __table_args__ = (of_profile("profile_facts"),)

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    facts: str = Field(sa_type=Text)


class ProfileKey(Table, table=True):
    """A key under which a profile meets others, as a hash: its carriers are found by the index alone."""

    __tablename__ = "profile_key"
    __table_args__ = (of_profile("profile_key"), Index("profile_key_workspace_id_profile_id_idx", "workspace_id", "profile_id"))

    workspace_id: UUID = Field(primary_key=True)
    key: bytes = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)


class Edge(Table, table=True):
    """Two profiles that are one person: by evidence (rewritten with each joining) or because a member said so (kept, then inactive).

    One per merge; of evidence, `merge_id` is zero. `survivor_id` is the founder of the contact whose id a member chose to keep.
    """

    __tablename__ = "edge"
    __table_args__ = (
        of_profile("edge"),
        CheckConstraint("source IN ('evidence', 'member')", name="source"),
        CheckConstraint("profile_id < other_profile_id", name="order"),
        Index("edge_workspace_id_other_profile_id_idx", "workspace_id", "other_profile_id"),
    )

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    other_profile_id: UUID = Field(primary_key=True)
    merge_id: UUID = Field(primary_key=True)
    source: str = Field(sa_type=Text)
    rule: str = Field(sa_type=Text)
    score: float
    evidence: str = Field(sa_type=Text)
    explanation: str = Field(sa_type=Text)
    version: int
    active: bool
    survivor_id: UUID | None
    created_at: datetime = Field(sa_type=UtcDateTime)


class NeverMerge(Table, table=True):
    """Two profiles that somebody said are two people; `merge_id` is the entry of the journal that says who and why."""

    __tablename__ = "never_merge"
    __table_args__ = (
        of_profile("never_merge"),
        CheckConstraint("profile_id < other_profile_id", name="order"),
        Index("never_merge_workspace_id_other_profile_id_idx", "workspace_id", "other_profile_id"),
    )

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    other_profile_id: UUID = Field(primary_key=True)
    merge_id: UUID
    created_at: datetime = Field(sa_type=UtcDateTime)


class MergeEvent(Table, table=True):
    """The journal of merges, detachments and rejections; `undo` holds the edges and pairs that it made and ended, as JSON."""

    __tablename__ = "merge_event"
    __table_args__ = (
        CheckConstraint("kind IN ('evidence', 'merge', 'detach', 'reject')", name="kind"),
        Index("merge_event_workspace_id_survivor_id_idx", "workspace_id", "survivor_id", "id"),
        Index("merge_event_workspace_id_absorbed_id_idx", "workspace_id", "absorbed_id", "id"),
    )

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    survivor_id: UUID
    absorbed_id: UUID
    profile_ids: list[UUID] = Field(sa_column=Column(ARRAY(UuidType), nullable=False))
    undo: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    by_member_id: UUID | None
    created_at: datetime = Field(sa_type=UtcDateTime)
    undone_at: datetime | None = Field(sa_type=UtcDateTime)
    undone_by: UUID | None


class Suggestion(Table, table=True):
    """Two profiles that may be one person where the evidence is not enough to move them; a person decides."""

    __tablename__ = "suggestion"
    __table_args__ = (
        UniqueConstraint("workspace_id", "profile_id", "other_profile_id", name="suggestion_workspace_id_profile_id_other_profile_id_key"),
        of_profile("suggestion"),
        CheckConstraint("state IN ('open', 'accepted', 'rejected')", name="state"),
        CheckConstraint("profile_id < other_profile_id", name="order"),
        Index("suggestion_workspace_id_other_profile_id_idx", "workspace_id", "other_profile_id"),
        Index("suggestion_workspace_id_state_id_idx", "workspace_id", "state", "id"),
        Index("suggestion_workspace_id_merge_id_idx", "workspace_id", "merge_id", postgresql_where=text("merge_id IS NOT NULL")),
    )

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    profile_id: UUID
    other_profile_id: UUID
    state: str = Field(sa_type=Text)
    rule: str = Field(sa_type=Text)
    score: float
    evidence: str = Field(sa_type=Text)
    explanation: str = Field(sa_type=Text)
    version: int
    merge_id: UUID | None
    created_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(sa_type=UtcDateTime)
    decided_by: UUID | None


class SuggestingDue(Table, table=True):
    """A profile at which the sweep for suggestions has to look."""

    __tablename__ = "suggesting_due"
    __table_args__ = (of_profile("suggesting_due"),)

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)


class SuggestingKey(Table, table=True):
    """A key of a name or handle, as a hash, under which the sweep finds who may be the same person."""

    __tablename__ = "suggesting_key"
    __table_args__ = (of_profile("suggesting_key"), Index("suggesting_key_workspace_id_profile_id_idx", "workspace_id", "profile_id"))

    workspace_id: UUID = Field(primary_key=True)
    key: bytes = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)


class SuggestingSum(Table, table=True):
    """How many profiles the sweep has seen: among more people more is needed to be asked."""

    __tablename__ = "suggesting_sum"

    workspace_id: UUID = Field(primary_key=True)
    profiles: int = Field(sa_type=BigInteger)
