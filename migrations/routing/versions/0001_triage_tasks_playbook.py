"""Triage results, tasks with their interactions, what is settled, and the workspaces' playbooks."""

from alembic import op

from migrations.security import kit_tables, protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TENANT_TABLES = ("triage_result", "task", "task_interaction", "settled", "playbook_cell")


def upgrade() -> None:
    kit_tables(op, "routing")
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    for table in TENANT_TABLES:
        protect(op, "routing", table)


def downgrade() -> None:
    op.execute("DROP SCHEMA routing CASCADE")


STATEMENTS = """
CREATE TABLE routing.triage_result (
    workspace_id uuid NOT NULL,
    interaction_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    discipline text NOT NULL,
    phase text NOT NULL,
    sentiment text NOT NULL,
    urgency text NOT NULL,
    language text NOT NULL,
    intents text[] NOT NULL,
    topics text[] NOT NULL,
    confidence float NOT NULL,
    deserves_answer boolean NOT NULL,
    exempt_reason text,
    ready boolean NOT NULL,
    crisis boolean NOT NULL,
    complaint boolean NOT NULL,
    suggestion boolean NOT NULL,
    spam boolean NOT NULL,
    confidential boolean NOT NULL,
    evidence jsonb NOT NULL,
    why text NOT NULL,
    version text NOT NULL,
    triaged_at timestamptz NOT NULL,
    CONSTRAINT triage_result_pkey PRIMARY KEY (workspace_id, interaction_id)
);

CREATE TABLE routing.task (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    discipline text NOT NULL,
    phase text NOT NULL,
    urgency text NOT NULL,
    state text NOT NULL,
    member_id uuid,
    why text NOT NULL,
    guidance text NOT NULL,
    approval boolean NOT NULL,
    confidential boolean NOT NULL,
    due_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL,
    completed_at timestamptz,
    outcome text NOT NULL,
    reply_id uuid,
    version integer NOT NULL,
    CONSTRAINT task_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX task_open_key ON routing.task (workspace_id, conversation_id, profile_id, discipline) WHERE completed_at IS NULL;

CREATE INDEX task_conversation_idx ON routing.task (workspace_id, conversation_id, due_at, id);

CREATE INDEX task_due_idx ON routing.task (workspace_id, due_at, id);

CREATE INDEX task_state_idx ON routing.task (workspace_id, state, due_at, id);

CREATE INDEX task_discipline_idx ON routing.task (workspace_id, discipline, due_at, id);

CREATE INDEX task_member_idx ON routing.task (workspace_id, member_id, due_at, id) WHERE member_id IS NOT NULL;

CREATE TABLE routing.task_interaction (
    workspace_id uuid NOT NULL,
    interaction_id uuid NOT NULL,
    task_id uuid NOT NULL,
    CONSTRAINT task_interaction_pkey PRIMARY KEY (workspace_id, interaction_id),
    CONSTRAINT task_interaction_workspace_id_task_id_fkey FOREIGN KEY (workspace_id, task_id) REFERENCES routing.task (workspace_id, id)
);

CREATE INDEX task_interaction_task_idx ON routing.task_interaction (workspace_id, task_id, interaction_id);

CREATE TABLE routing.settled (
    workspace_id uuid NOT NULL,
    interaction_id uuid NOT NULL,
    ledger text NOT NULL,
    reason text NOT NULL,
    member_id uuid,
    reply_id uuid,
    settled_at timestamptz NOT NULL,
    CONSTRAINT settled_pkey PRIMARY KEY (workspace_id, interaction_id)
);

CREATE TABLE routing.playbook_cell (
    workspace_id uuid NOT NULL,
    phase text NOT NULL,
    discipline text NOT NULL,
    triggers text[] NOT NULL,
    work text NOT NULL,
    guidance text NOT NULL,
    due_minutes integer NOT NULL,
    approval boolean NOT NULL,
    version integer NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by uuid,
    CONSTRAINT playbook_cell_pkey PRIMARY KEY (workspace_id, phase, discipline),
    CONSTRAINT playbook_cell_due_minutes_check CHECK (due_minutes > 0)
)
"""
