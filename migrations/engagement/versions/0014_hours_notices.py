"""A channel's hours, and who was told outside of them."""

from alembic import op

from migrations.security import protect

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    protect(op, "engagement", "notice")


def downgrade() -> None:
    op.execute("DROP TABLE engagement.notice")
    op.execute("ALTER TABLE engagement.channel DROP COLUMN hours")


STATEMENTS = """
ALTER TABLE engagement.channel ADD COLUMN hours jsonb;

CREATE TABLE engagement.notice (
    workspace_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    closed_since timestamptz NOT NULL,
    told_at timestamptz NOT NULL,
    CONSTRAINT notice_pkey PRIMARY KEY (workspace_id, channel_id, profile_id, closed_since),
    CONSTRAINT notice_workspace_id_channel_id_fkey FOREIGN KEY(workspace_id, channel_id)
        REFERENCES engagement.channel (workspace_id, id) ON DELETE CASCADE
)
"""
