"""Partner webhooks: where partners want to be told, and each event on its way there. Called by the models' package."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Integer, Text, UniqueConstraint, text
from sqlmodel import Field

from services.identity.models.schema import Table, texts
from services.kit.model import UtcDateTime


class WebhookEndpoint(Table, table=True):
    """An address of a partner. `secret_number` says which of its secrets signs; `types` are event types, or "*".

    `failures` counts calls in a row that found nobody; until `held_until` none is made. `trouble` says why it is not active.
    """

    __tablename__ = "webhook_endpoint"

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    url: str = Field(sa_type=Text)
    types: list[str] = Field(sa_column=texts())
    description: str = Field(sa_type=Text)
    secret_number: int
    rotated_at: datetime | None = Field(sa_type=UtcDateTime)
    active: bool
    trouble: str = Field(sa_type=Text)
    failures: int
    failing_since: datetime | None = Field(sa_type=UtcDateTime)
    held_until: datetime | None = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int


class WebhookDelivery(Table, table=True):
    """One event for one endpoint: `body` is what is posted, in every attempt the same. `due_at` is None once it is finished.

    `profile_id` is whom it is about, where it is about a person.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("workspace_id", "endpoint_id", "event_id", name="webhook_delivery_workspace_id_endpoint_id_event_id_key"),
        ForeignKeyConstraint(
            ["workspace_id", "endpoint_id"],
            ["identity.webhook_endpoint.workspace_id", "identity.webhook_endpoint.id"],
            name="webhook_delivery_workspace_id_endpoint_id_fkey",
            ondelete="CASCADE",
        ),
        CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name="state"),
        Index("webhook_delivery_due_idx", "workspace_id", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("webhook_delivery_workspace_id_endpoint_id_id_idx", "workspace_id", "endpoint_id", "id"),
        Index("webhook_delivery_workspace_id_profile_id_idx", "workspace_id", "profile_id"),
        Index("webhook_delivery_finished_at_idx", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    )

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    endpoint_id: UUID
    event_id: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    body: bytes
    state: str = Field(sa_type=Text)
    attempts: int = Field(sa_column=Column(Integer, nullable=False))
    status: int | None
    trouble: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(sa_type=UtcDateTime)
    lease_id: UUID | None
    finished_at: datetime | None = Field(sa_type=UtcDateTime)
    profile_id: UUID | None
