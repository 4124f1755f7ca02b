"""Who works in each workspace, by identity's events, and which projections were filled from a snapshot."""

from alembic import op

from migrations.security import protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TENANT_TABLES = ("member", "projection")


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    for table in TENANT_TABLES:
        protect(op, "routing", table)


def downgrade() -> None:
    for table in TENANT_TABLES:
        op.execute(f"DROP TABLE routing.{table}")


STATEMENTS = """
CREATE TABLE routing.member (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    active boolean NOT NULL,
    version integer NOT NULL,
    CONSTRAINT member_pkey PRIMARY KEY (workspace_id, id)
);

CREATE TABLE routing.projection (
    workspace_id uuid NOT NULL,
    name text NOT NULL,
    filled_at timestamptz NOT NULL,
    CONSTRAINT projection_pkey PRIMARY KEY (workspace_id, name)
)
"""
