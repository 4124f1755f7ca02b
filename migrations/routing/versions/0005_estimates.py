"""The planner is told what a workspace is of a table, and not left to measure it."""

from alembic import op

from migrations.estimates import estimate_all, measure_all
from migrations.security import partition_functions

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    estimate_all(op, "routing")
    partition_functions(op, "routing")


def downgrade() -> None:
    measure_all(op, "routing")
