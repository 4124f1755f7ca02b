"""The planner is told what a workspace is of a table; what is owed and due has an index that holds nothing else."""

from alembic import op

from migrations.estimates import estimate_all, measure_all
from migrations.security import partition_functions

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    estimate_all(op, "engagement")
    partition_functions(op, "engagement")
    op.execute("DROP INDEX engagement.interaction_ledger_idx")
    op.execute(
        "CREATE INDEX interaction_due_idx ON engagement.interaction (workspace_id, due_at) WHERE ledger = 'owed' AND due_at IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DROP INDEX engagement.interaction_due_idx")
    op.execute("CREATE INDEX interaction_ledger_idx ON engagement.interaction (workspace_id, ledger, due_at) WHERE ledger IS NOT NULL")
    measure_all(op, "engagement")
