"""Satisfaction: which channels ask, whom they asked, and what was said."""

from alembic import op

from migrations.security import protect

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TENANT_TABLES = ("satisfaction_setting", "rating")


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    for table in TENANT_TABLES:
        protect(op, "engagement", table)


def downgrade() -> None:
    for table in TENANT_TABLES:
        op.execute(f"DROP TABLE engagement.{table}")


STATEMENTS = """
CREATE TABLE engagement.satisfaction_setting (
    workspace_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    asks boolean NOT NULL,
    delay_minutes integer NOT NULL,
    CONSTRAINT satisfaction_setting_pkey PRIMARY KEY (workspace_id, channel_id)
);

CREATE TABLE engagement.rating (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    reply_id uuid NOT NULL,
    member_id uuid NOT NULL,
    discipline text,
    state text NOT NULL,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    stars integer,
    comment text NOT NULL,
    rated_at timestamptz,
    CONSTRAINT rating_pkey PRIMARY KEY (workspace_id, id)
);

CREATE INDEX rating_conversation_idx ON engagement.rating (workspace_id, conversation_id, created_at DESC);

CREATE INDEX rating_due_idx ON engagement.rating (workspace_id, due_at) WHERE state = 'waiting';

CREATE INDEX rating_rated_idx ON engagement.rating (workspace_id, rated_at DESC, id DESC) WHERE rated_at IS NOT NULL
"""
