"""Journeys: the log of what moved people, the visits that follow from it, and the workspace's ring."""

from alembic import op

from migrations.security import protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    for table in ("journey_plan", "stage_step", "stage_visit"):
        protect(op, "routing", table)


def downgrade() -> None:
    op.execute("DROP TABLE routing.stage_visit, routing.stage_step, routing.journey_plan")


STATEMENTS = """
CREATE TABLE routing.journey_plan (
    workspace_id uuid NOT NULL,
    document jsonb NOT NULL,
    version integer NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by uuid,
    CONSTRAINT journey_plan_pkey PRIMARY KEY (workspace_id)
);

CREATE TABLE routing.stage_step (
    workspace_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    cause text NOT NULL,
    key text NOT NULL,
    id uuid NOT NULL,
    line text NOT NULL,
    mode text NOT NULL,
    stage text NOT NULL,
    alike text NOT NULL,
    from_stage text NOT NULL,
    cause_id uuid,
    reason text NOT NULL,
    confidence double precision NOT NULL,
    historic boolean NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT stage_step_pkey PRIMARY KEY (workspace_id, cause, key)
);
CREATE INDEX stage_step_profile_idx ON routing.stage_step (workspace_id, profile_id, at, id);

CREATE TABLE routing.stage_visit (
    workspace_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    line text NOT NULL,
    run integer NOT NULL,
    place integer NOT NULL,
    stage text NOT NULL,
    alike text NOT NULL,
    from_stage text NOT NULL,
    step_id uuid NOT NULL,
    entered_at timestamptz NOT NULL,
    left_at timestamptz,
    left_to text NOT NULL,
    CONSTRAINT stage_visit_pkey PRIMARY KEY (workspace_id, subject_id, line, run, place)
);
CREATE INDEX stage_visit_here_idx ON routing.stage_visit (workspace_id, line, stage, entered_at, subject_id) WHERE left_at IS NULL;
CREATE INDEX stage_visit_came_idx ON routing.stage_visit (workspace_id, line, entered_at, subject_id) INCLUDE (stage, from_stage);
CREATE INDEX stage_visit_went_idx ON routing.stage_visit (workspace_id, line, left_at, subject_id)
    INCLUDE (stage, left_to, entered_at) WHERE left_at IS NOT NULL
"""
