"""Reconciliation: what a platform never delivered, and the gaps in what it numbers."""

from alembic import op

from migrations.security import protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TENANT_TABLES = ("reconciliation", "journal_gap")


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    for table in TENANT_TABLES:
        protect(op, "engagement", table)


def downgrade() -> None:
    for table in reversed(TENANT_TABLES):
        op.execute(f"DROP TABLE engagement.{table}")
    op.execute("DROP INDEX engagement.journal_sequence_idx")
    op.execute("ALTER TABLE engagement.journal DROP COLUMN sequence, DROP COLUMN backfilled")


STATEMENTS = """
ALTER TABLE engagement.journal
    ADD COLUMN sequence bigint,
    ADD COLUMN backfilled boolean NOT NULL DEFAULT false;

CREATE INDEX journal_sequence_idx ON engagement.journal (workspace_id, channel_id, sequence) WHERE sequence IS NOT NULL;

CREATE TABLE engagement.reconciliation (
    workspace_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    reconciled_until timestamptz NOT NULL,
    demanded_since timestamptz,
    lease_id uuid,
    lease_until timestamptz,
    finished_at timestamptz,
    found integer NOT NULL DEFAULT 0,
    reason text NOT NULL DEFAULT '',
    checked_sequence bigint,
    CONSTRAINT reconciliation_pkey PRIMARY KEY (workspace_id, channel_id)
);

CREATE INDEX reconciliation_due_idx ON engagement.reconciliation (workspace_id, due_at);

CREATE TABLE engagement.journal_gap (
    workspace_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    noticed_at timestamptz NOT NULL,
    filled_at timestamptz,
    CONSTRAINT journal_gap_pkey PRIMARY KEY (workspace_id, channel_id, first)
);

CREATE INDEX journal_gap_open_idx ON engagement.journal_gap (workspace_id, channel_id, first) WHERE filled_at IS NULL
"""
