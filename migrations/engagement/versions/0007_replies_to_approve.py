"""Replies with attachments, that begin a thread, that wait for approval; drafts."""

from alembic import op

from migrations.security import protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TENANT_TABLES = ("approval_rule", "draft")


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    for table in TENANT_TABLES:
        protect(op, "engagement", table)


def downgrade() -> None:
    for table in TENANT_TABLES:
        op.execute(f"DROP TABLE engagement.{table}")
    op.execute("DROP INDEX engagement.reply_proposed_idx")
    for column in ("attachments", "begun", "automatic", "decided_by", "decided_at"):
        op.execute(f"ALTER TABLE engagement.reply DROP COLUMN {column}")


STATEMENTS = """
ALTER TABLE engagement.reply
    ADD COLUMN attachments jsonb,
    ADD COLUMN begun jsonb,
    ADD COLUMN automatic boolean NOT NULL DEFAULT false,
    ADD COLUMN decided_by uuid,
    ADD COLUMN decided_at timestamptz;

CREATE INDEX reply_proposed_idx ON engagement.reply (workspace_id, queued_at, id) WHERE state = 'proposed';

CREATE TABLE engagement.approval_rule (
    workspace_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    discipline text NOT NULL,
    made_by uuid,
    made_at timestamptz NOT NULL,
    CONSTRAINT approval_rule_pkey PRIMARY KEY (workspace_id, channel_id, discipline),
    CONSTRAINT approval_rule_workspace_id_channel_id_fkey FOREIGN KEY(workspace_id, channel_id)
        REFERENCES engagement.channel (workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE engagement.draft (
    workspace_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    member_id uuid NOT NULL,
    text text NOT NULL,
    answers_id uuid,
    changed_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT draft_pkey PRIMARY KEY (workspace_id, conversation_id, member_id),
    CONSTRAINT draft_workspace_id_conversation_id_fkey FOREIGN KEY(workspace_id, conversation_id)
        REFERENCES engagement.conversation (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX draft_member_idx ON engagement.draft (workspace_id, member_id, changed_at DESC, conversation_id DESC)
"""
