"""What people said is hidden and liked on its platform from here, and that it was is remembered."""

from alembic import op

from migrations.security import protect

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE engagement.moderation_mark (
            workspace_id uuid NOT NULL,
            interaction_id uuid NOT NULL,
            hidden boolean NOT NULL DEFAULT false,
            liked boolean NOT NULL DEFAULT false,
            member_id uuid,
            changed_at timestamptz NOT NULL,
            CONSTRAINT moderation_mark_pkey PRIMARY KEY (workspace_id, interaction_id),
            CONSTRAINT moderation_mark_workspace_id_interaction_id_fkey FOREIGN KEY (workspace_id, interaction_id)
                REFERENCES engagement.interaction (workspace_id, id) ON DELETE CASCADE
        )
        """
    )
    protect(op, "engagement", "moderation_mark")


def downgrade() -> None:
    op.execute("DROP TABLE engagement.moderation_mark")
