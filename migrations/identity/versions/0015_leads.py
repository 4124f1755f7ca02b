"""Leads: contacts handed over to outside systems, and what became of them."""

from alembic import op

from migrations.security import protect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    protect(op, "identity", "lead")


def downgrade() -> None:
    op.execute("DROP TABLE identity.lead")


STATEMENTS = """
CREATE TABLE identity.lead (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    profile_id uuid NOT NULL,
    system text NOT NULL,
    brief text NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    external_id text,
    url text,
    handed_over_by uuid,
    handed_over_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT lead_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT lead_workspace_id_profile_id_fkey
        FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id)
);
CREATE INDEX lead_workspace_id_profile_id_id_idx ON identity.lead (workspace_id, profile_id, id)
"""
