"""What people are to the company, by identity's events: whose profile each is, and the kinds kept on each profile."""

from alembic import op

from migrations.security import protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TENANT_TABLES = ("profile_contact", "profile_kind")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    for table in TENANT_TABLES:
        protect(op, "routing", table)


def downgrade() -> None:
    for table in TENANT_TABLES:
        op.execute(f"DROP TABLE routing.{table}")


STATEMENTS = """
CREATE TABLE routing.profile_contact (
    workspace_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    version integer NOT NULL,
    CONSTRAINT profile_contact_pkey PRIMARY KEY (workspace_id, profile_id)
);
CREATE INDEX profile_contact_contact_idx ON routing.profile_contact (workspace_id, contact_id, profile_id);

CREATE TABLE routing.profile_kind (
    workspace_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    kinds jsonb NOT NULL,
    version integer NOT NULL,
    CONSTRAINT profile_kind_pkey PRIMARY KEY (workspace_id, profile_id)
)
"""
