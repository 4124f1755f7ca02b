"""Sweeps ask as `worker` which workspaces have something due: it may read what decides that, and nothing else of these rows."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

COLUMNS = {
    "conversation": "workspace_id, status, snoozed_until",
    "interaction": "workspace_id, id, ledger, due_at",
    "job": "workspace_id, finished_at, lease_until",
    "journal_gap": "workspace_id, channel_id, first, last, noticed_at, filled_at",
    "ledger_sum": "workspace_id",
    "notification": "workspace_id, changed_at",
    "notification_delivery": "workspace_id, due_at, lease_until",
    "projection": "workspace_id, name",
    "promise": "workspace_id, state, told, due_at",
    "rating": "workspace_id, state, due_at",
    "reconciliation": "workspace_id, channel_id, due_at, lease_until, checked_sequence",
    "reminder": "workspace_id, kind, subject_id, due_at",
    "reply": "workspace_id, state, due_at, lease_until, doubted_at, change_due_at",
    "send_bucket": "workspace_id, spent_until",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, columns in COLUMNS.items():
        op.execute(f"CREATE POLICY claims ON engagement.{table} FOR SELECT TO engagement_worker USING (true)")
        op.execute(f"GRANT SELECT ({columns}) ON engagement.{table} TO engagement_worker")
    op.execute("CREATE INDEX channel_trouble_idx ON engagement.channel (workspace_id, id) WHERE trouble <> ''")
    op.execute("CREATE INDEX reminder_trouble_idx ON engagement.reminder (workspace_id, subject_id) WHERE kind = 'channel_trouble'")


def downgrade() -> None:
    op.execute("DROP INDEX engagement.reminder_trouble_idx")
    op.execute("DROP INDEX engagement.channel_trouble_idx")
    for table, columns in COLUMNS.items():
        op.execute(f"REVOKE SELECT ({columns}) ON engagement.{table} FROM engagement_worker")
        op.execute(f"DROP POLICY claims ON engagement.{table}")
