"""What people are to the company, projected from identity: some of them are never answered automatically."""

from alembic import op

from migrations.security import protect

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        """
        CREATE TABLE engagement.profile_kind (
            workspace_id uuid NOT NULL,
            profile_id uuid NOT NULL,
            kinds jsonb NOT NULL,
            version integer NOT NULL,
            CONSTRAINT profile_kind_pkey PRIMARY KEY (workspace_id, profile_id)
        )
        """
    )
    protect(op, "engagement", "profile_kind")


def downgrade() -> None:
    op.execute("DROP TABLE engagement.profile_kind")
