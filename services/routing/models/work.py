"""Triage, tasks, levels, playbook, assignment and what is known of people and members. Called by the package; holds no query.

Names of states are text (contracts.vocabulary), because operators on native enums lose their index under row-level security.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kit.model import UtcDateTime
from services.routing.models.table import Table


class TriageResult(Table, table=True):
    """What one interaction is about; its key makes the triage happen once. `evidence` holds offsets, never words."""

    __tablename__ = "triage_result"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "interaction_id", name="triage_result_pkey"),)

    workspace_id: UUID
    interaction_id: UUID
    conversation_id: UUID
    profile_id: UUID
    discipline: str = Field(sa_type=Text)
    phase: str = Field(sa_type=Text)
    sentiment: str = Field(sa_type=Text)
    urgency: str = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    intents: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    topics: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    confidence: float
    deserves_answer: bool
    exempt_reason: str | None = Field(default=None, sa_type=Text)
    ready: bool
    crisis: bool
    complaint: bool
    suggestion: bool
    spam: bool
    confidential: bool
    evidence: list[Any] = Field(sa_type=JSONB)
    why: str = Field(sa_type=Text)
    version: str = Field(sa_type=Text)
    triaged_at: datetime = Field(sa_type=UtcDateTime)
    channel_id: UUID | None = None


class Task(Table, table=True):
    """One piece of social work of one person in one conversation, or of no conversation where the playbook began it.

    At most one per discipline is open at any instant.

    `reply_id` is the reply that answered the last of its interactions, where one did. `wakes_at` is when its owner is to be warned, then
    when its time is over; null when nothing is to be told any more. `contact_by` is by when somebody is to contact the person after a
    hand-off; null when somebody did, or it was told that nobody did (`neglected_at`).
    """

    __tablename__ = "task"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="task_pkey"),
        Index(
            "task_open_key",
            "workspace_id",
            "conversation_id",
            "profile_id",
            "discipline",
            unique=True,
            postgresql_where=text("completed_at IS NULL"),
        ),
        Index(
            "task_open_person_key",
            "workspace_id",
            "profile_id",
            "discipline",
            unique=True,
            postgresql_where=text("conversation_id IS NULL AND completed_at IS NULL"),
        ),
        Index("task_open_profile_idx", "workspace_id", "profile_id", "discipline", postgresql_where=text("completed_at IS NULL")),
        Index("task_person_idx", "workspace_id", "profile_id", "due_at", "id", postgresql_where=text("conversation_id IS NULL")),
        Index("task_conversation_idx", "workspace_id", "conversation_id", "due_at", "id"),
        Index("task_due_idx", "workspace_id", "due_at", "id"),
        Index("task_state_idx", "workspace_id", "state", "due_at", "id"),
        Index("task_discipline_idx", "workspace_id", "discipline", "due_at", "id"),
        Index("task_held_idx", "workspace_id", "member_id", "id", postgresql_where=text("member_id IS NOT NULL AND completed_at IS NULL")),
        Index("task_member_idx", "workspace_id", "member_id", "due_at", "id", postgresql_where=text("member_id IS NOT NULL")),
        Index(
            "task_waiting_idx",
            "workspace_id",
            "discipline",
            "urgency",
            "opened_at",
            "id",
            postgresql_where=text("member_id IS NULL AND completed_at IS NULL"),
        ),
        Index("task_profile_idx", "workspace_id", "profile_id", "member_id", postgresql_where=text("state = 'answered'")),
        Index("task_wakes_idx", "workspace_id", "wakes_at", "id", postgresql_where=text("wakes_at IS NOT NULL AND completed_at IS NULL")),
        Index(
            "task_contact_idx", "workspace_id", "contact_by", "id", postgresql_where=text("contact_by IS NOT NULL AND completed_at IS NULL")
        ),
        Index(
            "task_neglected_idx", "workspace_id", "due_at", "id", postgresql_where=text("neglected_at IS NOT NULL AND completed_at IS NULL")
        ),
    )

    workspace_id: UUID
    id: UUID
    conversation_id: UUID | None = None
    profile_id: UUID
    discipline: str = Field(sa_type=Text)
    phase: str = Field(sa_type=Text)
    urgency: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    member_id: UUID | None = None
    why: str = Field(sa_type=Text)
    guidance: str = Field(sa_type=Text)
    approval: bool
    confidential: bool
    due_at: datetime = Field(sa_type=UtcDateTime)
    opened_at: datetime = Field(sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str = Field(default="", sa_type=Text)
    reply_id: UUID | None = None
    version: int = 1
    level: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    answer: str = Field(default="first", sa_column=Column(Text, nullable=False, server_default="first"))
    wakes_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    warned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    missed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    weight: float = Field(default=1.0, sa_column=Column(REAL, nullable=False, server_default="1"))
    handed_from: str | None = Field(default=None, sa_type=Text)
    handed_by: UUID | None = None
    handed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    contact_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    neglected_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Resolution(Table, table=True):
    """By when a person's matter in a conversation is to be resolved.

    Its warning comes `warn_seconds` of working time before; while it is paused, `left_seconds` are left. `version` is the
    conversation's whose status was heard last.
    """

    __tablename__ = "resolution"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="resolution_pkey"),
        Index(
            "resolution_open_key",
            "workspace_id",
            "conversation_id",
            "profile_id",
            "discipline",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("resolution_conversation_idx", "workspace_id", "conversation_id", "id"),
        Index("resolution_wakes_idx", "workspace_id", "wakes_at", "id", postgresql_where=text("wakes_at IS NOT NULL")),
    )

    workspace_id: UUID
    id: UUID
    conversation_id: UUID
    profile_id: UUID
    discipline: str = Field(sa_type=Text)
    level: str = Field(sa_type=Text)
    began_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    warn_seconds: int
    left_seconds: int | None = None
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    wakes_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    warned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    missed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = 0


class ServiceLevels(Table, table=True):
    """A workspace's calendars and service levels, one document."""

    __tablename__ = "service_levels"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", name="service_levels_pkey"),)

    workspace_id: UUID
    document: dict[str, Any] = Field(sa_type=JSONB)
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: UUID | None = None


class Settled(Table, table=True):
    """What engagement said last of interactions: settled, or owed again. Kept also where that is known before the interaction itself is.

    `sequence` is the place of what was said in engagement's outbox.
    """

    __tablename__ = "settled"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "interaction_id", name="settled_pkey"),)

    workspace_id: UUID
    interaction_id: UUID
    ledger: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    member_id: UUID | None = None
    reply_id: UUID | None = None
    settled_at: datetime = Field(sa_type=UtcDateTime)
    sequence: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))


class ThreadOwner(Table, table=True):
    """Who has a thread, as engagement told last; `version` is the thread's."""

    __tablename__ = "thread_owner"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "conversation_id", name="thread_owner_pkey"),)

    workspace_id: UUID
    conversation_id: UUID
    owner_id: UUID | None = None
    version: int = Field(sa_type=BigInteger)


class PlaybookCell(Table, table=True):
    """A cell that the workspace has made its own; where there is no row, the shipped cell holds as version 0."""

    __tablename__ = "playbook_cell"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "phase", "discipline", name="playbook_cell_pkey"),
        CheckConstraint("due_minutes > 0", name="due_minutes"),
    )

    workspace_id: UUID
    phase: str = Field(sa_type=Text)
    discipline: str = Field(sa_type=Text)
    triggers: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    work: str = Field(sa_type=Text)
    guidance: str = Field(sa_type=Text)
    due_minutes: int
    approval: bool
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: UUID | None = None


class Member(Table, table=True):
    """Whether a member works here or is away, and who acts for them. Identity owns the truth.

    As of `version`; an older version never replaces a newer one.
    """

    __tablename__ = "member"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "id", name="member_pkey"),)

    workspace_id: UUID
    id: UUID
    active: bool
    version: int
    deputy_id: UUID | None = None
    absent_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    absent_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    successor_id: UUID | None = None
    name: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    disciplines: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    languages: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))


class Agent(Table, table=True):
    """What a member can take, as kept here, and when they were given something last. Without a row: everything, as the workspace says."""

    __tablename__ = "agent"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "member_id", name="agent_pkey"),)

    workspace_id: UUID
    member_id: UUID
    skills: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    capacity: float | None = Field(default=None, sa_type=REAL)
    available: bool
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    assigned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AssignmentSetting(Table, table=True):
    """How a workspace wants tasks to be given."""

    __tablename__ = "assignment_setting"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", name="assignment_setting_pkey"),)

    workspace_id: UUID
    pushes: bool
    capacity: float = Field(sa_type=REAL)
    weights: list[Any] = Field(sa_type=JSONB)
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: UUID | None = None
    hand_off_days: int = Field(default=3, sa_column=Column(Integer, nullable=False, server_default="3"))


class TaskAssignment(Table, table=True):
    """That a task went to somebody, or from a silent owner back to the queue, and why."""

    __tablename__ = "task_assignment"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="task_assignment_pkey"),
        Index("task_assignment_task_idx", "workspace_id", "task_id", "id"),
    )

    workspace_id: UUID
    id: UUID
    task_id: UUID
    member_id: UUID | None = None
    former_id: UUID | None = None
    cause: str = Field(sa_type=Text)
    why: str = Field(sa_type=Text)
    scores: list[Any] = Field(sa_type=JSONB)
    assigned_at: datetime = Field(sa_type=UtcDateTime)


class Projection(Table, table=True):
    """That a projection of the workspace was filled from its owner's snapshot; without the row it is filled again."""

    __tablename__ = "projection"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "name", name="projection_pkey"),)

    workspace_id: UUID
    name: str = Field(sa_type=Text)
    filled_at: datetime = Field(sa_type=UtcDateTime)


class ProfileContact(Table, table=True):
    """Whose profile it is, as of `version`; an older version never replaces a newer one. Identity owns the truth."""

    __tablename__ = "profile_contact"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "profile_id", name="profile_contact_pkey"),
        Index("profile_contact_contact_idx", "workspace_id", "contact_id", "profile_id"),
    )

    workspace_id: UUID
    profile_id: UUID
    contact_id: UUID
    version: int


class ProfileKind(Table, table=True):
    """The stakeholder kinds kept on a profile, as of `version`; they hold for every profile of its contact."""

    __tablename__ = "profile_kind"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "profile_id", name="profile_kind_pkey"),)

    workspace_id: UUID
    profile_id: UUID
    kinds: list[Any] = Field(sa_type=JSONB)
    version: int
