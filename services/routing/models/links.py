"""What tasks are tied to: the interactions that they are about, and what other systems call them. Called by the package; holds no query."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, PrimaryKeyConstraint, Text
from sqlmodel import Field

from services.kit.model import UtcDateTime
from services.routing.models.table import Table


class TaskInteraction(Table, table=True):
    """Which interactions a task is about; an interaction is in one open task at most, and in a new one where it is owed again."""

    __tablename__ = "task_interaction"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "interaction_id", "task_id", name="task_interaction_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "task_id"],
            ["routing.task.workspace_id", "routing.task.id"],
            name="task_interaction_workspace_id_task_id_fkey",
        ),
        Index("task_interaction_task_idx", "workspace_id", "task_id", "interaction_id"),
    )

    workspace_id: UUID
    interaction_id: UUID
    task_id: UUID


class TaskReference(Table, table=True):
    """What another system calls a task. No two tasks are called the same there."""

    __tablename__ = "task_reference"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "system", "type", "external_id", name="task_reference_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "task_id"],
            ["routing.task.workspace_id", "routing.task.id"],
            name="task_reference_workspace_id_task_id_fkey",
        ),
        Index("task_reference_task_idx", "workspace_id", "task_id"),
    )

    workspace_id: UUID
    system: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    external_id: str = Field(sa_type=Text)
    task_id: UUID
    url: str | None = Field(default=None, sa_type=Text)
    by: UUID | None = None
    set_at: datetime = Field(sa_type=UtcDateTime)
