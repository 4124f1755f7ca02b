"""Old things go by a workspace's rules."""

from alembic import op

from migrations.retaining import drop_retention_tables, retention_tables

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    retention_tables(op, "engagement")


def downgrade() -> None:
    drop_retention_tables(op, "engagement")
