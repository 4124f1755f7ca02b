"""What, in public, a private reply answers beside what it answers in its own thread."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE engagement.reply ADD COLUMN about_id uuid")


def downgrade() -> None:
    op.execute("ALTER TABLE engagement.reply DROP COLUMN about_id")
