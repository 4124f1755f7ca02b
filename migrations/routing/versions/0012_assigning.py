"""Assignment by fit: what members can do and take, what a workspace wants, and why each task went where it went."""

from alembic import op

from migrations.security import open_to_worker, protect, unforced

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TENANT_TABLES = ("agent", "assignment_setting", "task_assignment")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    # Members are read anew from their owner: until now nobody had to know what they work on.
    with unforced(op, "routing.member", "routing.projection"):
        op.execute("UPDATE routing.member SET version = -1")
        op.execute("DELETE FROM routing.projection WHERE name = 'members'")
    for table in TENANT_TABLES:
        protect(op, "routing", table)
    open_to_worker(op, "routing", "assignment_setting", privileges="SELECT (workspace_id, pushes)")


def downgrade() -> None:
    for table in TENANT_TABLES:
        op.execute(f"DROP TABLE routing.{table}")
    op.execute("ALTER TABLE routing.task DROP weight")
    op.execute("ALTER TABLE routing.member DROP name, DROP disciplines, DROP languages")
    op.execute("DROP INDEX routing.task_waiting_idx, routing.task_profile_idx")


STATEMENTS = """
ALTER TABLE routing.member ADD name text NOT NULL DEFAULT '', ADD disciplines text[] NOT NULL DEFAULT '{}',
    ADD languages text[] NOT NULL DEFAULT '{}';
ALTER TABLE routing.task ADD weight real NOT NULL DEFAULT 1;
CREATE INDEX task_waiting_idx ON routing.task (workspace_id, discipline, urgency, opened_at, id)
    WHERE member_id IS NULL AND completed_at IS NULL;
CREATE INDEX task_profile_idx ON routing.task (workspace_id, profile_id, member_id) WHERE state = 'answered';

CREATE TABLE routing.agent (
    workspace_id uuid NOT NULL,
    member_id uuid NOT NULL,
    skills text[] NOT NULL,
    capacity real,
    available boolean NOT NULL,
    version integer NOT NULL,
    changed_at timestamptz NOT NULL,
    assigned_at timestamptz,
    CONSTRAINT agent_pkey PRIMARY KEY (workspace_id, member_id)
);

CREATE TABLE routing.assignment_setting (
    workspace_id uuid NOT NULL,
    pushes boolean NOT NULL,
    capacity real NOT NULL,
    weights jsonb NOT NULL,
    version integer NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by uuid,
    CONSTRAINT assignment_setting_pkey PRIMARY KEY (workspace_id)
);

CREATE TABLE routing.task_assignment (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    task_id uuid NOT NULL,
    member_id uuid,
    former_id uuid,
    cause text NOT NULL,
    why text NOT NULL,
    scores jsonb NOT NULL,
    assigned_at timestamptz NOT NULL,
    CONSTRAINT task_assignment_pkey PRIMARY KEY (workspace_id, id)
);
CREATE INDEX task_assignment_task_idx ON routing.task_assignment (workspace_id, task_id, id)
"""
