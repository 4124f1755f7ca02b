"""Old things go by a workspace's rules."""

from alembic import op

from migrations.retaining import drop_retention_tables, retention_tables

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    retention_tables(op, "routing")


def downgrade() -> None:
    drop_retention_tables(op, "routing")
