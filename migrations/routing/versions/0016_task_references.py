"""What other systems call tasks: a ticket, a deal, an order over there."""

from alembic import op

from migrations.security import protect

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    protect(op, "routing", "task_reference")


def downgrade() -> None:
    op.execute("DROP TABLE routing.task_reference")


STATEMENTS = """
CREATE TABLE routing.task_reference (
    workspace_id uuid NOT NULL,
    system text NOT NULL,
    type text NOT NULL,
    external_id text NOT NULL,
    task_id uuid NOT NULL,
    url text,
    by uuid,
    set_at timestamptz NOT NULL,
    CONSTRAINT task_reference_pkey PRIMARY KEY (workspace_id, system, type, external_id),
    CONSTRAINT task_reference_workspace_id_task_id_fkey FOREIGN KEY (workspace_id, task_id) REFERENCES routing.task (workspace_id, id)
);
CREATE INDEX task_reference_task_idx ON routing.task_reference (workspace_id, task_id)
"""
