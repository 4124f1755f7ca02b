"""Bulk actions on conversations, as jobs with a result per conversation."""

from alembic import op

from migrations.security import protect

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TENANT_TABLES = ("job", "job_item")


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    for table in TENANT_TABLES:
        protect(op, "engagement", table)


def downgrade() -> None:
    for table in reversed(TENANT_TABLES):
        op.execute(f"DROP TABLE engagement.{table}")


STATEMENTS = """
CREATE TABLE engagement.job (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    action text NOT NULL,
    arguments jsonb NOT NULL,
    state text NOT NULL,
    total integer NOT NULL,
    done integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    has_more boolean NOT NULL DEFAULT false,
    member_id uuid,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    lease_until timestamptz,
    CONSTRAINT job_pkey PRIMARY KEY (workspace_id, id)
);

CREATE INDEX job_unfinished_idx ON engagement.job (workspace_id, id) WHERE state <> 'done';

CREATE TABLE engagement.job_item (
    workspace_id uuid NOT NULL,
    job_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    reason text NOT NULL DEFAULT '',
    CONSTRAINT job_item_pkey PRIMARY KEY (workspace_id, job_id, conversation_id),
    CONSTRAINT job_item_workspace_id_job_id_fkey FOREIGN KEY(workspace_id, job_id)
        REFERENCES engagement.job (workspace_id, id)
);

CREATE INDEX job_item_waiting_idx ON engagement.job_item (workspace_id, job_id, conversation_id) WHERE state = 'waiting';

CREATE INDEX job_item_failed_idx ON engagement.job_item (workspace_id, job_id, conversation_id) WHERE state = 'failed'
"""
