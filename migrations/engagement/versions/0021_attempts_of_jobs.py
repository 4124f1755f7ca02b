"""How often in a row a job's batch failed, so that it is tried again more slowly and given up in the end."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE engagement.job ADD COLUMN attempts integer NOT NULL DEFAULT 0")
    op.execute("DROP INDEX engagement.job_unfinished_idx")
    op.execute("CREATE INDEX job_unfinished_idx ON engagement.job (workspace_id, id) WHERE finished_at IS NULL")


def downgrade() -> None:
    op.execute("DROP INDEX engagement.job_unfinished_idx")
    op.execute("CREATE INDEX job_unfinished_idx ON engagement.job (workspace_id, id) WHERE state <> 'done'")
    op.execute("ALTER TABLE engagement.job DROP COLUMN attempts")
