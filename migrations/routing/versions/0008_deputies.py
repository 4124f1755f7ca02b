"""Who acts for a member who is away or has left."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        """
        ALTER TABLE routing.member
            ADD COLUMN deputy_id uuid,
            ADD COLUMN absent_from timestamptz,
            ADD COLUMN absent_until timestamptz,
            ADD COLUMN successor_id uuid
        """
    )
    op.execute(
        "CREATE INDEX task_held_idx ON routing.task (workspace_id, member_id, id) WHERE member_id IS NOT NULL AND completed_at IS NULL"
    )


def downgrade() -> None:
    op.execute("DROP INDEX routing.task_held_idx")
    op.execute(
        """
        ALTER TABLE routing.member
            DROP COLUMN deputy_id, DROP COLUMN absent_from, DROP COLUMN absent_until, DROP COLUMN successor_id
        """
    )
