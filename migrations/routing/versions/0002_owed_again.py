"""What is owed again: the place of what was said last of an interaction, and a second task for it."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE routing.settled DROP COLUMN sequence")
    op.execute(
        """
        DELETE FROM routing.task_interaction a USING routing.task_interaction b
        WHERE a.workspace_id = b.workspace_id AND a.interaction_id = b.interaction_id AND a.task_id < b.task_id
        """
    )
    op.execute("ALTER TABLE routing.task_interaction DROP CONSTRAINT task_interaction_pkey")
    op.execute("ALTER TABLE routing.task_interaction ADD CONSTRAINT task_interaction_pkey PRIMARY KEY (workspace_id, interaction_id)")


STATEMENTS = """
ALTER TABLE routing.settled ADD COLUMN sequence bigint NOT NULL DEFAULT 0;

ALTER TABLE routing.task_interaction DROP CONSTRAINT task_interaction_pkey;

ALTER TABLE routing.task_interaction ADD CONSTRAINT task_interaction_pkey PRIMARY KEY (workspace_id, interaction_id, task_id)
"""
