"""The base of every table: naming convention, UTC times, and the tables that each service has of the kit.

Called by each service's `models`; holds no session and no query.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

NAMING = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}


class UtcDateTime(TypeDecorator[datetime]):
    """timestamptz that refuses naive times on the way in and gives UTC on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone: it would silently be read in the server's."""
        del dialect
        if value is not None and value.tzinfo is None:
            message = "a time without a zone cannot be stored; use the clock port"
            raise ValueError(message)
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - the driver's value
        """Give UTC, whatever the session's zone is."""
        del dialect
        return value.astimezone(UTC) if isinstance(value, datetime) else None


class Model(SQLModel):
    """Base of every table. A service derives its own with `metadata = schema_metadata("<schema>")`."""


def schema_metadata(schema: str) -> MetaData:
    """The collection of one service's tables, with the kit's own already in it."""
    metadata = MetaData(schema=schema, naming_convention=NAMING)
    _add_outbox(metadata)
    _add_processed(metadata)
    _add_dead_letter(metadata)
    _add_idempotency(metadata)
    _add_erasing(metadata)
    _add_erased(metadata)
    _add_retention_policy(metadata)
    _add_retention_step(metadata)
    return metadata


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, UtcDateTime, nullable=nullable)


def _add_outbox(metadata: MetaData) -> None:
    """Events of committed changes; the relay publishes them. Partitioned by day, dropped after retention."""
    unpublished = text("published_at IS NULL")
    Table(
        "outbox",
        metadata,
        Column("workspace_id", Uuid, nullable=False),
        Column("id", BigInteger, Identity(always=True), nullable=False),
        Column("day", Date, nullable=False),
        _text("type"),
        Column("version", Integer, nullable=False),
        _text("subject"),
        _time("time"),
        _text("traceparent", nullable=True),
        _text("data"),
        _time("published_at", nullable=True),
        PrimaryKeyConstraint("workspace_id", "id", "day"),
        Index("outbox_unpublished_idx", "id", postgresql_where=unpublished),
        postgresql_partition_by="RANGE (day)",
    )


def _add_processed(metadata: MetaData) -> None:
    """Ids of events whose effect is committed, for consumers without a natural key."""
    Table(
        "processed",
        metadata,
        Column("workspace_id", Uuid, nullable=False),
        _text("consumer"),
        _text("event_id"),
        _time("processed_at"),
        PrimaryKeyConstraint("workspace_id", "consumer", "event_id"),
        Index("processed_processed_at_idx", "processed_at"),
    )


def _add_dead_letter(metadata: MetaData) -> None:
    """Events that failed to the end, kept with their reason until a person redrives them."""
    Table(
        "dead_letter",
        metadata,
        Column("workspace_id", Uuid, nullable=False),
        Column("id", Uuid, nullable=False),
        _text("consumer"),
        _text("event_id"),
        _text("type"),
        _text("payload"),
        _text("reason"),
        Column("attempts", Integer, nullable=False),
        _time("failed_at"),
        _time("redriven_at", nullable=True),
        PrimaryKeyConstraint("workspace_id", "id"),
        Index("dead_letter_workspace_id_consumer_event_id_key", "workspace_id", "consumer", "event_id", unique=True),
    )


def _add_idempotency(metadata: MetaData) -> None:
    """Answers given under an Idempotency-Key, so that a second try gets the first one's."""
    Table(
        "idempotency",
        metadata,
        Column("workspace_id", Uuid, nullable=False),
        Column("caller_id", Uuid, nullable=False),
        _text("key"),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("status", Integer, nullable=True),
        Column("body", LargeBinary, nullable=True),
        _time("created_at"),
        PrimaryKeyConstraint("workspace_id", "caller_id", "key"),
        Index("idempotency_created_at_idx", "created_at"),
    )


def _add_erasing(metadata: MetaData) -> None:
    """Jobs that erase a subject from this service. `sealed` says who, until the job ends; `clean` counts passes that found nothing."""
    Table(
        "erasing",
        metadata,
        Column("workspace_id", Uuid, nullable=False),
        Column("id", Uuid, nullable=False),
        _text("sealed"),
        _text("counts"),
        Column("passes", Integer, nullable=False, server_default="0"),
        Column("clean", Integer, nullable=False, server_default="0"),
        _time("begun_at"),
        _time("due_at", nullable=True),
        _time("ended_at", nullable=True),
        PrimaryKeyConstraint("workspace_id", "id"),
        Index("erasing_due_at_idx", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )


def _add_erased(metadata: MetaData) -> None:
    """What stays of an erased subject: until when nothing is to be written about it, and the last version of it that others know."""
    Table(
        "erased",
        metadata,
        Column("workspace_id", Uuid, nullable=False),
        Column("subject_id", Uuid, nullable=False),
        _time("erased_at"),
        Column("version", Integer, nullable=False),
        PrimaryKeyConstraint("workspace_id", "subject_id"),
    )


def _add_retention_policy(metadata: MetaData) -> None:
    """How long a workspace keeps what: `rules` as JSON, and `held`, profiles of people of whom nothing goes. `told` orders changes."""
    Table(
        "retention_policy",
        metadata,
        Column("workspace_id", Uuid, nullable=False),
        Column("told", Integer, nullable=False),
        Column("version", Integer, nullable=False),
        _text("rules"),
        Column("held", ARRAY(Uuid), nullable=False),
        PrimaryKeyConstraint("workspace_id"),
    )


def _add_retention_step(metadata: MetaData) -> None:
    """How far the sweep of one rule has come. `skipped`: something was passed over, so that the next run begins from the start."""
    Table(
        "retention_step",
        metadata,
        Column("workspace_id", Uuid, nullable=False),
        _text("step"),
        Column("told", Integer, nullable=False),
        Column("run_id", Uuid, nullable=False),
        Column("after", Uuid, nullable=False),
        Column("skipped", Boolean, nullable=False),
        _text("counts"),
        _time("begun_at"),
        _time("due_at", nullable=True),
        PrimaryKeyConstraint("workspace_id", "step"),
        Index("retention_step_due_at_idx", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )
