"""The planner is told what a workspace is of a table, and not left to measure it."""

from alembic import op

from migrations.estimates import estimate_all, measure_all
from migrations.security import partition_functions

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    estimate_all(op, "identity")
    partition_functions(op, "identity")


def downgrade() -> None:
    measure_all(op, "identity")
