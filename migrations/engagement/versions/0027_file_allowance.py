"""How many files a visitor may still hand in, kept in the visitor's row: one count for all processes."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of long ago: a bucket that is full again.
    op.execute(
        """
        ALTER TABLE engagement.visitor
            ADD COLUMN file_allowance double precision NOT NULL DEFAULT 0,
            ADD COLUMN file_allowance_at timestamptz NOT NULL DEFAULT 'epoch'
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE engagement.visitor DROP COLUMN file_allowance, DROP COLUMN file_allowance_at")
