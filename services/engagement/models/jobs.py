"""Bulk actions: the job, and what became of each conversation.

Called through the package, for migrations and their check; holds no query.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, PrimaryKeyConstraint, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class Job(Table, table=True):
    """One action on many threads, done a batch at a time by whoever locks it. `has_more`: the filter found more than a job takes.

    `attempts` counts the batches that failed in a row; the next one is not tried before `lease_until`.
    """

    __tablename__ = "job"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="job_pkey"),
        Index("job_unfinished_idx", "workspace_id", "id", postgresql_where=text("finished_at IS NULL")),
    )

    workspace_id: UUID
    id: UUID
    action: str = Field(sa_type=Text)
    arguments: dict[str, Any] = Field(sa_type=JSONB)
    state: str = Field(sa_type=Text)
    total: int
    done: int = 0
    failed: int = 0
    has_more: bool = False
    member_id: UUID | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))


class JobItem(Table, table=True):
    """One thread of a job: waiting, done, or failed with a reason."""

    __tablename__ = "job_item"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "job_id", "conversation_id", name="job_item_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "job_id"],
            ["engagement.job.workspace_id", "engagement.job.id"],
            name="job_item_workspace_id_job_id_fkey",
        ),
        Index("job_item_waiting_idx", "workspace_id", "job_id", "conversation_id", postgresql_where=text("state = 'waiting'")),
        Index("job_item_failed_idx", "workspace_id", "job_id", "conversation_id", postgresql_where=text("state = 'failed'")),
    )

    workspace_id: UUID
    job_id: UUID
    conversation_id: UUID
    state: str = Field(default="waiting", sa_type=Text)
    reason: str = Field(default="", sa_type=Text)
