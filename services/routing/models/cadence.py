"""Cadences: what is to begin, for whom and when. Called by the package; holds no query."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint, Text
from sqlmodel import Field

from services.kit.model import UtcDateTime
from services.routing.models.table import Table


class Cadence(Table, table=True):
    """Work of a playbook's cell that begins at `wakes_at`, for something that happened to a person at `since`.

    `moment_id` is the line of the log that told of it, or stands for the kind that somebody came to be.
    """

    __tablename__ = "cadence"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "moment_id", "phase", "discipline", "trigger", name="cadence_pkey"),
        Index("cadence_wakes_idx", "workspace_id", "wakes_at", "moment_id"),
        Index("cadence_profile_idx", "workspace_id", "profile_id"),
    )

    workspace_id: UUID
    moment_id: UUID
    phase: str = Field(sa_type=Text)
    discipline: str = Field(sa_type=Text)
    trigger: str = Field(sa_type=Text)
    profile_id: UUID
    reason: str = Field(sa_type=Text)
    since: datetime = Field(sa_type=UtcDateTime)
    wakes_at: datetime = Field(sa_type=UtcDateTime)
