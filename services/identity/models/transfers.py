"""Imports: the jobs, the pieces of their files, and the rows that were not taken as they were.

Called through the package, for migrations and their check; holds no query.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, Integer, PrimaryKeyConstraint, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.identity.models.schema import Table
from services.kit.model import UtcDateTime


class Import(Table, table=True):
    """One file, read a chunk a transaction by whoever locks the row: `position` and `line` are where the next one begins.

    `reading` is how its rows are read; `upload_id` names its pieces. `attempts` counts the chunks that failed in a row; the next one is
    not tried before `lease_until`.
    """

    __tablename__ = "import"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id", name="import_pkey"),
        Index("import_workspace_id_created_at_id_idx", "workspace_id", "created_at", "id"),
        Index("import_unfinished_idx", "workspace_id", "created_at", "id", postgresql_where=text("finished_at IS NULL")),
        Index("import_upload_idx", "workspace_id", "upload_id"),
    )

    workspace_id: UUID
    id: UUID
    upload_id: UUID
    kind: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    reading: dict[str, Any] = Field(sa_type=JSONB)
    sha256: bytes
    state: str = Field(sa_type=Text)
    size_bytes: int = Field(sa_type=BigInteger)
    position: int = Field(sa_type=BigInteger)
    line: int = Field(sa_type=BigInteger)
    rows_done: int = Field(sa_type=BigInteger)
    rows_refused: int = Field(sa_type=BigInteger)
    reason: str = Field(sa_type=Text)
    member_id: UUID | None
    created_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(sa_type=UtcDateTime)
    advanced_at: datetime | None = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(sa_type=UtcDateTime)
    lease_until: datetime | None = Field(sa_type=UtcDateTime)
    attempts: int = Field(sa_column=Column(Integer, nullable=False))


class ImportPiece(Table, table=True):
    """A piece of an uploaded file, all of one size but for the last; gone when its import has ended."""

    __tablename__ = "import_piece"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "upload_id", "number", name="import_piece_pkey"),
        Index("import_piece_created_at_idx", "created_at"),
    )

    workspace_id: UUID
    upload_id: UUID
    number: int
    body: bytes
    created_at: datetime = Field(sa_type=UtcDateTime)


class ImportReference(Table, table=True):
    """What a line of a file told of that later lines name by its key, such as a conversation; gone when its import has ended."""

    __tablename__ = "import_reference"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "upload_id", "kind", "key", name="import_reference_pkey"),)

    workspace_id: UUID
    upload_id: UUID
    kind: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    told: dict[str, Any] = Field(sa_type=JSONB)


class ImportRefusal(Table, table=True):
    """A row that was refused, or (`kept`) taken without a part of it; `key` says whose it was, as far as that is known."""

    __tablename__ = "import_refusal"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "import_id", "line", name="import_refusal_pkey"),
        ForeignKeyConstraint(
            ["workspace_id", "import_id"],
            ["identity.import.workspace_id", "identity.import.id"],
            name="import_refusal_workspace_id_import_id_fkey",
            ondelete="CASCADE",
        ),
    )

    workspace_id: UUID
    import_id: UUID
    line: int = Field(sa_type=BigInteger)
    key: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    kept: bool
