"""Platforms that want to be told where to deliver are told by the house: when, and what came of it."""

from alembic import op

from migrations.security import protect

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

# A sweep asks as `worker` where something is due, and sees nothing else of the row.
COLUMNS = "workspace_id, channel_id, due_at, lease_until"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE engagement.webhook_subscription (
            workspace_id uuid NOT NULL,
            channel_id uuid NOT NULL,
            ending boolean NOT NULL DEFAULT false,
            sealed bytea,
            config jsonb,
            due_at timestamptz,
            told_at timestamptz,
            failures integer NOT NULL DEFAULT 0,
            reason text NOT NULL DEFAULT '',
            lease_id uuid,
            lease_until timestamptz,
            CONSTRAINT webhook_subscription_pkey PRIMARY KEY (workspace_id, channel_id)
        )
        """
    )
    op.execute(
        "CREATE INDEX webhook_subscription_due_idx ON engagement.webhook_subscription (workspace_id, due_at) WHERE due_at IS NOT NULL"
    )
    protect(op, "engagement", "webhook_subscription")
    op.execute("CREATE POLICY claims ON engagement.webhook_subscription FOR SELECT TO engagement_worker USING (true)")
    op.execute(f"GRANT SELECT ({COLUMNS}) ON engagement.webhook_subscription TO engagement_worker")


def downgrade() -> None:
    op.execute("DROP TABLE engagement.webhook_subscription")
