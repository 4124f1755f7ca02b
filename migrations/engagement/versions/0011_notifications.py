"""Notifications: what members are to know of, how they want to be told, what waits to be told."""

from alembic import op

from migrations.security import protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TENANT_TABLES = ("notification", "notification_setting", "notification_preference", "notification_delivery", "reminder")


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    for table in TENANT_TABLES:
        protect(op, "engagement", table)


def downgrade() -> None:
    for table in TENANT_TABLES:
        op.execute(f"DROP TABLE engagement.{table}")


STATEMENTS = """
CREATE TABLE engagement.notification (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    member_id uuid NOT NULL,
    kind text NOT NULL,
    matter uuid NOT NULL,
    conversation_id uuid,
    channel_id uuid,
    reason text NOT NULL,
    count integer NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    read_at timestamptz,
    in_app boolean NOT NULL,
    by_email boolean NOT NULL,
    by_chat boolean NOT NULL,
    by_digest boolean NOT NULL,
    CONSTRAINT notification_pkey PRIMARY KEY (workspace_id, id)
);

CREATE UNIQUE INDEX notification_unread_key ON engagement.notification (workspace_id, member_id, kind, matter) WHERE read_at IS NULL;

CREATE INDEX notification_list_idx ON engagement.notification (workspace_id, member_id, changed_at DESC, id DESC);

CREATE INDEX notification_old_idx ON engagement.notification (workspace_id, changed_at);

CREATE TABLE engagement.notification_setting (
    workspace_id uuid NOT NULL,
    member_id uuid NOT NULL,
    kind text NOT NULL,
    app boolean NOT NULL,
    email boolean NOT NULL,
    chat boolean NOT NULL,
    digest boolean NOT NULL,
    CONSTRAINT notification_setting_pkey PRIMARY KEY (workspace_id, member_id, kind)
);

CREATE TABLE engagement.notification_preference (
    workspace_id uuid NOT NULL,
    member_id uuid NOT NULL,
    time_zone text NOT NULL,
    quiet_from integer,
    quiet_until integer,
    digest text NOT NULL,
    digest_at integer NOT NULL,
    chat bytea,
    version integer NOT NULL,
    CONSTRAINT notification_preference_pkey PRIMARY KEY (workspace_id, member_id)
);

CREATE TABLE engagement.notification_delivery (
    workspace_id uuid NOT NULL,
    member_id uuid NOT NULL,
    means text NOT NULL,
    batch_id uuid NOT NULL,
    due_at timestamptz,
    attempt integer NOT NULL,
    lease_id uuid,
    lease_until timestamptz,
    sent_at timestamptz,
    trouble text NOT NULL,
    CONSTRAINT notification_delivery_pkey PRIMARY KEY (workspace_id, member_id, means)
);

CREATE INDEX notification_delivery_due_idx ON engagement.notification_delivery (workspace_id, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE engagement.reminder (
    workspace_id uuid NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    CONSTRAINT reminder_pkey PRIMARY KEY (workspace_id, kind, subject_id, due_at)
);

CREATE INDEX reminder_old_idx ON engagement.reminder (workspace_id, due_at)
"""
