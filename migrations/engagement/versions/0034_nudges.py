"""A delivery that only says that something is new wakes whoever listens to the channel, in whichever process that is."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# Whoever holds the leases asks as `worker`, and sees nothing else of the row.
COLUMNS = "workspace_id, channel_id, nudged_at"


def upgrade() -> None:
    op.execute("ALTER TABLE engagement.channel_cursor ADD COLUMN nudged_at timestamptz")
    op.execute("CREATE POLICY claims ON engagement.channel_cursor FOR SELECT TO engagement_worker USING (true)")
    op.execute(f"GRANT SELECT ({COLUMNS}) ON engagement.channel_cursor TO engagement_worker")


def downgrade() -> None:
    op.execute("REVOKE SELECT ON engagement.channel_cursor FROM engagement_worker")
    op.execute("DROP POLICY claims ON engagement.channel_cursor")
    op.execute("ALTER TABLE engagement.channel_cursor DROP COLUMN nudged_at")
