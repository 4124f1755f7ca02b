"""When a channel was disconnected for good; its history stays."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE engagement.channel ADD COLUMN disconnected_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE engagement.channel DROP COLUMN disconnected_at")
