"""Work about a person that no message began: a task without a thread, at most one open per person and discipline."""

from alembic import op

from migrations.security import unforced

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE routing.task ALTER COLUMN conversation_id DROP NOT NULL")
    for statement in STATEMENTS.split(";"):
        op.execute(statement)


def downgrade() -> None:
    for index in ("task_open_person_key", "task_open_profile_idx", "task_person_idx"):
        op.execute(f"DROP INDEX routing.{index}")
    with unforced(op, "routing.task"):
        op.execute("DELETE FROM routing.task WHERE conversation_id IS NULL")
    op.execute("ALTER TABLE routing.task ALTER COLUMN conversation_id SET NOT NULL")


STATEMENTS = """
CREATE UNIQUE INDEX task_open_person_key ON routing.task (workspace_id, profile_id, discipline)
    WHERE conversation_id IS NULL AND completed_at IS NULL;
CREATE INDEX task_open_profile_idx ON routing.task (workspace_id, profile_id, discipline) WHERE completed_at IS NULL;
CREATE INDEX task_person_idx ON routing.task (workspace_id, profile_id, due_at, id) WHERE conversation_id IS NULL
"""
