"""Where listening to a channel goes on."""

from alembic import op

from migrations.security import protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE engagement.channel_cursor (
            workspace_id uuid NOT NULL,
            channel_id uuid NOT NULL,
            cursor text NOT NULL,
            heard_at timestamptz NOT NULL,
            CONSTRAINT channel_cursor_pkey PRIMARY KEY (workspace_id, channel_id)
        )
    """)
    protect(op, "engagement", "channel_cursor")


def downgrade() -> None:
    op.execute("DROP TABLE engagement.channel_cursor")
