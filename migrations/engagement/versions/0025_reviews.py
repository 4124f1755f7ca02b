"""Where a channel sends the happy for a review, and whom it has asked."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE engagement.satisfaction_setting
            ADD COLUMN review_url text,
            ADD COLUMN review_text text NOT NULL DEFAULT ''
        """
    )
    op.execute("ALTER TABLE engagement.rating ADD COLUMN review_asked_at timestamptz")
    op.execute("CREATE INDEX rating_review_idx ON engagement.rating (workspace_id, profile_id) WHERE review_asked_at IS NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE engagement.rating DROP COLUMN review_asked_at")
    op.execute("ALTER TABLE engagement.satisfaction_setting DROP COLUMN review_url, DROP COLUMN review_text")
