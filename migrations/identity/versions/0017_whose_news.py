"""Whom an event to a partner is about, so that it goes with them; and which decisions a merge made, so that its undo finds them."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE identity.webhook_delivery ADD COLUMN profile_id uuid")
    op.execute("CREATE INDEX webhook_delivery_workspace_id_profile_id_idx ON identity.webhook_delivery (workspace_id, profile_id)")
    op.execute(
        "CREATE INDEX suggestion_workspace_id_merge_id_idx ON identity.suggestion (workspace_id, merge_id) WHERE merge_id IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DROP INDEX IF EXISTS identity.suggestion_workspace_id_merge_id_idx")
    op.execute("ALTER TABLE identity.webhook_delivery DROP COLUMN IF EXISTS profile_id")
