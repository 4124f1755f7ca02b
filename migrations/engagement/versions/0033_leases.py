"""What a platform grants is kept: when it is to be told again where to deliver, by its own words."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE engagement.webhook_subscription ADD COLUMN granted_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE engagement.webhook_subscription DROP COLUMN granted_at")
