"""Who has a thread, so that the work about it follows."""

from alembic import op

from migrations.security import protect

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE routing.thread_owner (
            workspace_id uuid NOT NULL,
            conversation_id uuid NOT NULL,
            owner_id uuid,
            version bigint NOT NULL,
            CONSTRAINT thread_owner_pkey PRIMARY KEY (workspace_id, conversation_id)
        )
        """
    )
    protect(op, "routing", "thread_owner")


def downgrade() -> None:
    op.execute("DROP TABLE routing.thread_owner")
