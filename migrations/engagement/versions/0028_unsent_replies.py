"""Replies that did not go out, the newest first."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE INDEX reply_unsent_idx ON engagement.reply (workspace_id, state, queued_at DESC, id DESC)
        WHERE state IN ('failed', 'unknown', 'rejected')
        """
    )


def downgrade() -> None:
    op.execute("DROP INDEX engagement.reply_unsent_idx")
