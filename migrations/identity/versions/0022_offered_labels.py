"""Labels that people may choose themselves: shown on the page behind their preference link."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE identity.contact_label ADD COLUMN offered boolean NOT NULL DEFAULT false")


def downgrade() -> None:
    op.execute("ALTER TABLE identity.contact_label DROP COLUMN offered")
