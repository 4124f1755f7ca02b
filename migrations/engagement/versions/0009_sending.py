"""What senders share about channels: holds, breaker, buckets; edits and deletions of replies, and doubts that a person is asked about."""

from alembic import op

from migrations.security import protect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    protect(op, "engagement", "channel_state")
    protect(op, "engagement", "send_bucket")


def downgrade() -> None:
    for statement in REVERSED.split(";"):
        op.execute(statement)


STATEMENTS = """
SET LOCAL lock_timeout = '5s';

CREATE TABLE engagement.channel_state (
    workspace_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    last_event_at timestamptz,
    held_until timestamptz,
    hold_reason text NOT NULL DEFAULT '',
    breaker text NOT NULL DEFAULT 'closed',
    failures integer NOT NULL DEFAULT 0,
    openings integer NOT NULL DEFAULT 0,
    opened_at timestamptz,
    probe_at timestamptz,
    probe_id uuid,
    failed_at timestamptz,
    failure text NOT NULL DEFAULT '',
    refused_at timestamptz,
    CONSTRAINT channel_state_pkey PRIMARY KEY (workspace_id, channel_id)
);

CREATE TABLE engagement.send_bucket (
    workspace_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    spent_until timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    burst integer NOT NULL,
    interval_seconds float NOT NULL,
    granted integer NOT NULL,
    CONSTRAINT send_bucket_pkey PRIMARY KEY (workspace_id, channel_id, subject_id)
);

CREATE INDEX send_bucket_spent_idx ON engagement.send_bucket (workspace_id, spent_until);

ALTER TABLE engagement.reply
    ADD COLUMN escalated_at timestamptz,
    ADD COLUMN change_kind text,
    ADD COLUMN change_text text,
    ADD COLUMN change_state text,
    ADD COLUMN change_reason text NOT NULL DEFAULT '',
    ADD COLUMN change_attempt integer NOT NULL DEFAULT 0,
    ADD COLUMN change_member_id uuid,
    ADD COLUMN change_asked_at timestamptz,
    ADD COLUMN change_due_at timestamptz,
    ADD COLUMN change_lease_id uuid;

CREATE INDEX reply_due_idx ON engagement.reply (workspace_id, channel_id, due_at) WHERE state = 'queued';

CREATE INDEX reply_sent_idx ON engagement.reply (workspace_id, channel_id, sent_at) WHERE sent_at IS NOT NULL;

CREATE INDEX reply_change_due_idx ON engagement.reply (workspace_id, change_due_at) WHERE change_due_at IS NOT NULL
"""

REVERSED = """
DROP INDEX engagement.reply_change_due_idx;

DROP INDEX engagement.reply_sent_idx;

DROP INDEX engagement.reply_due_idx;

ALTER TABLE engagement.reply
    DROP COLUMN escalated_at,
    DROP COLUMN change_kind,
    DROP COLUMN change_text,
    DROP COLUMN change_state,
    DROP COLUMN change_reason,
    DROP COLUMN change_attempt,
    DROP COLUMN change_member_id,
    DROP COLUMN change_asked_at,
    DROP COLUMN change_due_at,
    DROP COLUMN change_lease_id;

DROP TABLE engagement.send_bucket;

DROP TABLE engagement.channel_state
"""
