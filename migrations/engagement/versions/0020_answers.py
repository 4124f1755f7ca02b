"""Which row of the history answered an interaction."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE engagement.interaction ADD COLUMN answer_id uuid")


def downgrade() -> None:
    op.execute("ALTER TABLE engagement.interaction DROP COLUMN answer_id")
