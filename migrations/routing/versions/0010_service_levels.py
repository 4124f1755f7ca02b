"""Service levels: within how long people are answered and their matters resolved, by the calendars of a workspace."""

from alembic import op

from migrations.security import open_to_worker, protect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    protect(op, "routing", "service_levels")
    protect(op, "routing", "resolution")
    # The sweep sees where something is due, and nothing of what it says.
    open_to_worker(op, "routing", "resolution", privileges="SELECT (workspace_id, wakes_at)")
    open_to_worker(op, "routing", "task", privileges="SELECT (workspace_id, wakes_at, completed_at)")


def downgrade() -> None:
    op.execute("DROP TABLE routing.resolution, routing.service_levels")
    op.execute("DROP POLICY claims ON routing.task")
    op.execute("REVOKE SELECT (workspace_id, wakes_at, completed_at) ON routing.task FROM routing_worker")
    op.execute("ALTER TABLE routing.task DROP level, DROP answer, DROP wakes_at, DROP warned_at, DROP missed_at")
    op.execute("ALTER TABLE routing.triage_result DROP channel_id")


STATEMENTS = """
ALTER TABLE routing.triage_result ADD channel_id uuid;
ALTER TABLE routing.task ADD level text NOT NULL DEFAULT '', ADD answer text NOT NULL DEFAULT 'first', ADD wakes_at timestamptz,
    ADD warned_at timestamptz, ADD missed_at timestamptz;
CREATE INDEX task_wakes_idx ON routing.task (workspace_id, wakes_at, id) WHERE wakes_at IS NOT NULL AND completed_at IS NULL;

CREATE TABLE routing.service_levels (
    workspace_id uuid NOT NULL,
    document jsonb NOT NULL,
    version integer NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by uuid,
    CONSTRAINT service_levels_pkey PRIMARY KEY (workspace_id)
);

CREATE TABLE routing.resolution (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    discipline text NOT NULL,
    level text NOT NULL,
    began_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    warn_seconds integer NOT NULL,
    left_seconds integer,
    paused_at timestamptz,
    wakes_at timestamptz,
    warned_at timestamptz,
    missed_at timestamptz,
    ended_at timestamptz,
    version integer NOT NULL,
    CONSTRAINT resolution_pkey PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX resolution_open_key ON routing.resolution (workspace_id, conversation_id, profile_id, discipline)
    WHERE ended_at IS NULL;
CREATE INDEX resolution_conversation_idx ON routing.resolution (workspace_id, conversation_id, id);
CREATE INDEX resolution_wakes_idx ON routing.resolution (workspace_id, wakes_at, id) WHERE wakes_at IS NOT NULL
"""
