"""Who acts for a member who is away or has left; and the open promises of one member, to be handed over."""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        """
        ALTER TABLE engagement.member
            ADD COLUMN deputy_id uuid,
            ADD COLUMN absent_from timestamptz,
            ADD COLUMN absent_until timestamptz,
            ADD COLUMN successor_id uuid
        """
    )
    op.execute("CREATE INDEX promise_member_idx ON engagement.promise (workspace_id, member_id, id) WHERE state = 'open'")


def downgrade() -> None:
    op.execute("DROP INDEX engagement.promise_member_idx")
    op.execute(
        """
        ALTER TABLE engagement.member
            DROP COLUMN deputy_id, DROP COLUMN absent_from, DROP COLUMN absent_until, DROP COLUMN successor_id
        """
    )
