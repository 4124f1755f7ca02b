"""People are erased: the jobs that do it, and what stays of whoever was erased."""

from alembic import op

from migrations.erasing import drop_erasing_tables, erasing_tables

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    erasing_tables(op, "engagement")


def downgrade() -> None:
    drop_erasing_tables(op, "engagement")
