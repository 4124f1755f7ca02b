"""People are erased: the jobs that do it, what stays of whoever was erased, and the certificates."""

from alembic import op

from migrations.erasing import drop_erasing_tables, erasing_tables
from migrations.security import protect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    erasing_tables(op, "identity")
    for statement in TABLES.split(";"):
        op.execute(statement)
    for table in ("erasure", "erasure_share"):
        protect(op, "identity", table)


def downgrade() -> None:
    for table in ("erasure_share", "erasure"):
        op.execute(f"DROP TABLE identity.{table}")
    drop_erasing_tables(op, "identity")


TABLES = """
CREATE TABLE identity.erasure (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    contact_id uuid NOT NULL,
    reason text NOT NULL,
    requested_by uuid,
    requested_at timestamptz NOT NULL,
    profile_hashes text[] NOT NULL,
    completed_at timestamptz,
    CONSTRAINT erasure_pkey PRIMARY KEY (workspace_id, id)
);

CREATE TABLE identity.erasure_share (
    workspace_id uuid NOT NULL,
    erasure_id uuid NOT NULL,
    service text NOT NULL,
    removed jsonb,
    acknowledged_at timestamptz,
    CONSTRAINT erasure_share_pkey PRIMARY KEY (workspace_id, erasure_id, service),
    CONSTRAINT erasure_share_workspace_id_erasure_id_fkey FOREIGN KEY (workspace_id, erasure_id)
        REFERENCES identity.erasure (workspace_id, id)
)
"""
