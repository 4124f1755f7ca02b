"""How people stand to venues: what they follow, like and reviewed, and when that began and ended."""

from alembic import op

from migrations.security import protect

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    protect(op, "identity", "profile_relation")


def downgrade() -> None:
    op.execute("DROP TABLE identity.profile_relation")


STATEMENTS = """
CREATE TABLE identity.profile_relation (
    workspace_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    kind text NOT NULL,
    target_key bytea NOT NULL,
    network text NOT NULL,
    scope text NOT NULL,
    external_id text NOT NULL,
    item text,
    title text,
    url text,
    first_at timestamptz NOT NULL,
    began_at timestamptz,
    ended_at timestamptz,
    changed_at timestamptz NOT NULL,
    CONSTRAINT profile_relation_pkey PRIMARY KEY (workspace_id, profile_id, kind, target_key),
    CONSTRAINT profile_relation_workspace_id_profile_id_fkey
        FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id)
);
CREATE INDEX profile_relation_changed_at_idx ON identity.profile_relation (workspace_id, profile_id, changed_at)
"""
