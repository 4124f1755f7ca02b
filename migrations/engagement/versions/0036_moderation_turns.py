"""One at a time asks a platform for something about an interaction, so that what is remembered is what was done last."""

from alembic import op

from migrations.security import protect

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE engagement.moderation_turn (
            workspace_id uuid NOT NULL,
            interaction_id uuid NOT NULL,
            holder_id uuid NOT NULL,
            until_at timestamptz NOT NULL,
            CONSTRAINT moderation_turn_pkey PRIMARY KEY (workspace_id, interaction_id),
            CONSTRAINT moderation_turn_workspace_id_interaction_id_fkey FOREIGN KEY (workspace_id, interaction_id)
                REFERENCES engagement.interaction (workspace_id, id) ON DELETE CASCADE
        )
        """
    )
    protect(op, "engagement", "moderation_turn")


def downgrade() -> None:
    op.execute("DROP TABLE engagement.moderation_turn")
