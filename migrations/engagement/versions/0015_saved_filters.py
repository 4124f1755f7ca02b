"""Choices of conversations that members keep under a name."""

from alembic import op

from migrations.security import protect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    protect(op, "engagement", "saved_filter")


def downgrade() -> None:
    op.execute("DROP TABLE engagement.saved_filter")


STATEMENTS = """
CREATE TABLE engagement.saved_filter (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    member_id uuid NOT NULL,
    name text NOT NULL,
    shared boolean NOT NULL,
    status text,
    channel_id uuid,
    owner_id uuid,
    label_id uuid,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT saved_filter_pkey PRIMARY KEY (workspace_id, id)
);

CREATE INDEX saved_filter_member_idx ON engagement.saved_filter (workspace_id, member_id);

CREATE INDEX saved_filter_shared_idx ON engagement.saved_filter (workspace_id) WHERE shared
"""
