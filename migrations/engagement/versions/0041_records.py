"""What lists say of people (rows of a CRM, followers) stands in the history, without channel and thread."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE engagement.interaction ALTER COLUMN channel_id DROP NOT NULL, ALTER COLUMN conversation_id DROP NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE engagement.interaction NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM engagement.interaction WHERE conversation_id IS NULL")
    op.execute("ALTER TABLE engagement.interaction FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE engagement.interaction ALTER COLUMN channel_id SET NOT NULL, ALTER COLUMN conversation_id SET NOT NULL")
