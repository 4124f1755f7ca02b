"""Channels, journal, conversations, the history and replies."""

from alembic import op

from migrations.security import accept_intake, kit_tables, open_to_worker, partition_by_day, protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "channel",
    "journal",
    "journal_body",
    "conversation",
    "interaction",
    "interaction_version",
    "profile_contact",
    "reply",
)
OF_THE_WORKER = ("channel", "journal", "journal_body")
OF_THE_INTAKE = ("journal", "journal_body")


def upgrade() -> None:
    kit_tables(op, "engagement")
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    partition_by_day(op, "engagement", "journal_body")
    for table in TENANT_TABLES:
        protect(op, "engagement", table)
    for table in OF_THE_WORKER:
        open_to_worker(op, "engagement", table)
    for table in OF_THE_INTAKE:
        accept_intake(op, "engagement", table)


def downgrade() -> None:
    op.execute("DROP SCHEMA engagement CASCADE")


STATEMENTS = """
CREATE TABLE engagement.channel (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    platform text NOT NULL,
    name text NOT NULL,
    active boolean NOT NULL,
    path_token text NOT NULL,
    credentials bytea NOT NULL,
    config jsonb NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    trouble text NOT NULL,
    CONSTRAINT channel_pkey PRIMARY KEY (workspace_id, id)
);

CREATE INDEX channel_changed_at_idx ON engagement.channel (changed_at);

CREATE UNIQUE INDEX channel_path_token_key ON engagement.channel (path_token);

CREATE TABLE engagement.journal (
    workspace_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    key bytea NOT NULL,
    id uuid NOT NULL,
    day date NOT NULL,
    received_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    attempts integer NOT NULL DEFAULT 0,
    reason text NOT NULL DEFAULT '',
    waits_for text,
    CONSTRAINT journal_pkey PRIMARY KEY (workspace_id, channel_id, key)
);

CREATE INDEX journal_parked_idx ON engagement.journal (workspace_id, channel_id, waits_for) WHERE state = 'parked';

CREATE INDEX journal_troubled_idx ON engagement.journal (workspace_id, id) WHERE state IN ('failed', 'unknown');

CREATE INDEX journal_waiting_idx ON engagement.journal (workspace_id, channel_id, id) WHERE state = 'waiting';

CREATE INDEX journal_workspace_id_id_idx ON engagement.journal (workspace_id, id);

CREATE TABLE engagement.journal_body (
    workspace_id uuid NOT NULL,
    journal_id uuid NOT NULL,
    day date NOT NULL,
    headers text NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT journal_body_pkey PRIMARY KEY (workspace_id, journal_id, day)
)
 PARTITION BY RANGE (day);

CREATE TABLE engagement.profile_contact (
    workspace_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    version integer NOT NULL,
    CONSTRAINT profile_contact_pkey PRIMARY KEY (workspace_id, profile_id)
);

CREATE INDEX profile_contact_contact_idx ON engagement.profile_contact (workspace_id, contact_id, profile_id);

CREATE TABLE engagement.conversation (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    channel_id uuid NOT NULL,
    key bytea NOT NULL,
    profile_id uuid NOT NULL,
    platform text NOT NULL,
    kind text NOT NULL,
    public boolean NOT NULL,
    status text NOT NULL,
    title text,
    started_at timestamptz NOT NULL,
    last_activity_at timestamptz NOT NULL,
    answered_at timestamptz,
    message_count integer NOT NULL,
    version integer NOT NULL,
    closed_version integer NOT NULL,
    closed_by uuid,
    CONSTRAINT conversation_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT conversation_workspace_id_channel_id_key_key UNIQUE (workspace_id, channel_id, key),
    CONSTRAINT conversation_workspace_id_channel_id_fkey FOREIGN KEY(workspace_id, channel_id)
        REFERENCES engagement.channel (workspace_id, id)
);

CREATE INDEX conversation_profile_idx ON engagement.conversation (workspace_id, profile_id, last_activity_at DESC);

CREATE INDEX conversation_recent_idx ON engagement.conversation (workspace_id, last_activity_at DESC, id DESC);

CREATE INDEX conversation_status_idx ON engagement.conversation (workspace_id, status, last_activity_at DESC, id DESC);

CREATE TABLE engagement.interaction (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    channel_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    external_id text NOT NULL,
    kind text NOT NULL,
    direction text NOT NULL,
    public boolean NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    source text NOT NULL,
    text text,
    rating float,
    attachments jsonb,
    author_network text NOT NULL,
    author_scope text NOT NULL,
    author_external_id text NOT NULL,
    author_handle text,
    author_name text,
    author_followers integer,
    venue_network text NOT NULL,
    venue_scope text NOT NULL,
    venue_external_id text NOT NULL,
    venue_url text,
    venue_title text,
    venue_control text NOT NULL,
    venue_media text NOT NULL,
    thread text,
    root text,
    reply_to text,
    reply_to_profile_id uuid,
    mentioned_profile_ids uuid[],
    addressed text NOT NULL,
    campaign text,
    referral_code text,
    extra jsonb,
    conversation_version integer NOT NULL,
    native boolean NOT NULL,
    member_id uuid,
    ledger text,
    ledger_reason text NOT NULL,
    settled_at timestamptz,
    discipline text,
    phase text,
    sentiment text,
    urgency text,
    task_id uuid,
    task_version integer NOT NULL DEFAULT 0,
    due_at timestamptz,
    edited_at timestamptz,
    deleted_at timestamptz,
    CONSTRAINT interaction_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT interaction_workspace_id_channel_id_external_id_key UNIQUE (workspace_id, channel_id, external_id),
    CONSTRAINT interaction_workspace_id_conversation_id_fkey FOREIGN KEY(workspace_id, conversation_id)
        REFERENCES engagement.conversation (workspace_id, id)
);

CREATE INDEX interaction_conversation_idx ON engagement.interaction (workspace_id, conversation_id, occurred_at DESC, id DESC);

CREATE INDEX interaction_ledger_idx ON engagement.interaction (workspace_id, ledger, due_at) WHERE ledger IS NOT NULL;

CREATE INDEX interaction_owed_idx ON engagement.interaction (workspace_id, conversation_id) WHERE ledger = 'owed';

CREATE INDEX interaction_timeline_idx ON engagement.interaction (workspace_id, profile_id, occurred_at DESC, id DESC);

CREATE TABLE engagement.interaction_version (
    workspace_id uuid NOT NULL,
    interaction_id uuid NOT NULL,
    replaced_at timestamptz NOT NULL,
    text text,
    CONSTRAINT interaction_version_pkey PRIMARY KEY (workspace_id, interaction_id, replaced_at),
    CONSTRAINT interaction_version_workspace_id_interaction_id_fkey FOREIGN KEY(workspace_id, interaction_id)
        REFERENCES engagement.interaction (workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE engagement.reply (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    interaction_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    answers_id uuid,
    kind text NOT NULL,
    text text NOT NULL,
    state text NOT NULL,
    attempt integer NOT NULL,
    lease_id uuid,
    lease_until timestamptz,
    due_at timestamptz NOT NULL,
    member_id uuid,
    reason text NOT NULL,
    external_id text,
    queued_at timestamptz NOT NULL,
    doubted_at timestamptz,
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    version integer NOT NULL,
    CONSTRAINT reply_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT reply_workspace_id_interaction_id_fkey FOREIGN KEY(workspace_id, interaction_id)
        REFERENCES engagement.interaction (workspace_id, id)
);

CREATE INDEX reply_conversation_idx ON engagement.reply (workspace_id, conversation_id, id);

CREATE INDEX reply_doubted_idx ON engagement.reply (workspace_id, doubted_at) WHERE state = 'unknown';

CREATE INDEX reply_external_idx ON engagement.reply (workspace_id, channel_id, external_id) WHERE external_id IS NOT NULL;

CREATE INDEX reply_pending_idx ON engagement.reply (workspace_id, due_at) WHERE state IN ('queued', 'sending');

CREATE UNIQUE INDEX reply_sending_key ON engagement.reply (workspace_id, conversation_id) WHERE state = 'sending';

CREATE UNIQUE INDEX reply_workspace_id_interaction_id_key ON engagement.reply (workspace_id, interaction_id)
"""
