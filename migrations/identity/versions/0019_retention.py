"""Old things go by a workspace's rules; what went is kept as a report, and when each profile was last active."""

from alembic import op

from migrations.retaining import drop_retention_tables, retention_tables
from migrations.security import protect, unforced

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    retention_tables(op, "identity")
    for statement in TABLES.split(";"):
        op.execute(statement)
    for table in ("retention_report", "profile_activity"):
        protect(op, "identity", table)
    # Who was active before is not known: everybody was today, so that nobody goes too early.
    with unforced(op, "identity.profile", "identity.profile_activity"):
        op.execute(
            "INSERT INTO identity.profile_activity (workspace_id, profile_id, day) "
            "SELECT workspace_id, id, (now() AT TIME ZONE 'UTC')::date FROM identity.profile"
        )


def downgrade() -> None:
    for table in ("profile_activity", "retention_report"):
        op.execute(f"DROP TABLE identity.{table}")
    drop_retention_tables(op, "identity")


TABLES = """
CREATE TABLE identity.retention_report (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    service text NOT NULL,
    kind text NOT NULL,
    version integer NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    removed jsonb NOT NULL,
    CONSTRAINT retention_report_pkey PRIMARY KEY (workspace_id, id)
);

CREATE TABLE identity.profile_activity (
    workspace_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    day date NOT NULL,
    CONSTRAINT profile_activity_pkey PRIMARY KEY (workspace_id, profile_id)
)
"""
