"""People who must not be erased."""

from alembic import op

from migrations.security import protect

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE identity.legal_hold (
            workspace_id uuid NOT NULL,
            profile_id uuid NOT NULL,
            reason text NOT NULL,
            set_by uuid,
            set_at timestamptz NOT NULL,
            CONSTRAINT legal_hold_pkey PRIMARY KEY (workspace_id, profile_id),
            CONSTRAINT legal_hold_workspace_id_profile_id_fkey
                FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id)
        )
        """
    )
    protect(op, "identity", "legal_hold")


def downgrade() -> None:
    op.execute("DROP TABLE identity.legal_hold")
