"""What people let us do, projected from identity, and what a reply is sent for."""

from alembic import op

from migrations.security import protect

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        """
        CREATE TABLE engagement.profile_consent (
            workspace_id uuid NOT NULL,
            profile_id uuid NOT NULL,
            words jsonb NOT NULL,
            version integer NOT NULL,
            CONSTRAINT profile_consent_pkey PRIMARY KEY (workspace_id, profile_id)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE engagement.consent_purpose (
            workspace_id uuid NOT NULL,
            keys text[] NOT NULL,
            granted text[] NOT NULL,
            version integer NOT NULL,
            CONSTRAINT consent_purpose_pkey PRIMARY KEY (workspace_id)
        )
        """
    )
    op.execute("ALTER TABLE engagement.reply ADD COLUMN purpose text NOT NULL DEFAULT 'service'")
    for table in ("profile_consent", "consent_purpose"):
        protect(op, "engagement", table)


def downgrade() -> None:
    op.execute("ALTER TABLE engagement.reply DROP COLUMN purpose")
    op.execute("DROP TABLE engagement.consent_purpose")
    op.execute("DROP TABLE engagement.profile_consent")
