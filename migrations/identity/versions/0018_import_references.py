"""What lines of an import told of that later lines name: the conversations that a file's messages belong to."""

from alembic import op

from migrations.security import protect

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        """
        CREATE TABLE identity.import_reference (
            workspace_id uuid NOT NULL,
            upload_id uuid NOT NULL,
            kind text NOT NULL,
            key text NOT NULL,
            told jsonb NOT NULL,
            CONSTRAINT import_reference_pkey PRIMARY KEY (workspace_id, upload_id, kind, key)
        )
        """
    )
    protect(op, "identity", "import_reference")


def downgrade() -> None:
    op.execute("DROP TABLE identity.import_reference")
