"""Journeys: the log of what moved people, the visits that follow from it, the workspace's ring. Called by the package; holds no query."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kit.model import UtcDateTime
from services.routing.models.table import Table


class JourneyPlan(Table, table=True):
    """A workspace's ring and product lines, one document; without a row the shipped ring holds."""

    __tablename__ = "journey_plan"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", name="journey_plan_pkey"),)

    workspace_id: UUID
    document: dict[str, Any] = Field(sa_type=JSONB)
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: UUID | None = None


class StageStep(Table, table=True):
    """A line of the log of what moved a profile's person, or did not. Never changed; what caused it makes it happen once.

    `alike` is the stage of the first ring that `stage` is like; `from_stage` is where the person was when it was recorded.
    """

    __tablename__ = "stage_step"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "cause", "key", name="stage_step_pkey"),
        Index("stage_step_profile_idx", "workspace_id", "profile_id", "at", "id"),
    )

    workspace_id: UUID
    profile_id: UUID
    cause: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    id: UUID
    line: str = Field(sa_type=Text)
    mode: str = Field(sa_type=Text)
    stage: str = Field(sa_type=Text)
    alike: str = Field(sa_type=Text)
    from_stage: str = Field(sa_type=Text)
    cause_id: UUID | None = None
    reason: str = Field(sa_type=Text)
    confidence: float
    historic: bool
    at: datetime = Field(sa_type=UtcDateTime)


class StageVisit(Table, table=True):
    """A stay of a person in a stage, as it follows from the log: written anew whenever that, or who the person is, changes.

    `subject_id` is the contact, or the profile while it has none. Open where `left_at` is null.
    """

    __tablename__ = "stage_visit"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "subject_id", "line", "run", "place", name="stage_visit_pkey"),
        Index(
            "stage_visit_here_idx",
            "workspace_id",
            "line",
            "stage",
            "entered_at",
            "subject_id",
            postgresql_where=text("left_at IS NULL"),
        ),
        Index(
            "stage_visit_came_idx",
            "workspace_id",
            "line",
            "entered_at",
            "subject_id",
            postgresql_include=["stage", "from_stage"],
        ),
        Index(
            "stage_visit_went_idx",
            "workspace_id",
            "line",
            "left_at",
            "subject_id",
            postgresql_include=["stage", "left_to", "entered_at"],
            postgresql_where=text("left_at IS NOT NULL"),
        ),
    )

    workspace_id: UUID
    subject_id: UUID
    line: str = Field(sa_type=Text)
    run: int
    place: int
    stage: str = Field(sa_type=Text)
    alike: str = Field(sa_type=Text)
    from_stage: str = Field(sa_type=Text)
    step_id: UUID
    entered_at: datetime = Field(sa_type=UtcDateTime)
    left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    left_to: str = Field(sa_type=Text)
