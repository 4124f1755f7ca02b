"""The state of conversations: owners, priorities, snoozing, spam, labels, followers, mentions, links and merges."""

from alembic import op

from migrations.security import protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANT_TABLES = ("label", "conversation_label", "conversation_follower", "conversation_link", "mention")


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    for table in TENANT_TABLES:
        protect(op, "engagement", table)


def downgrade() -> None:
    for table in reversed(TENANT_TABLES):
        op.execute(f"DROP TABLE engagement.{table}")
    for index in ("snoozed", "owner", "survivor"):
        op.execute(f"DROP INDEX engagement.conversation_{index}_idx")
    for column in ("snoozed_until", "owner_id", "priority", "spam", "survivor_id", "merged_into", "absorbs"):
        op.execute(f"ALTER TABLE engagement.conversation DROP COLUMN {column}")
    op.execute("ALTER TABLE engagement.interaction DROP COLUMN mentioned_member_ids")


STATEMENTS = """
ALTER TABLE engagement.conversation
    ADD COLUMN snoozed_until timestamptz,
    ADD COLUMN owner_id uuid,
    ADD COLUMN priority text NOT NULL DEFAULT 'normal',
    ADD COLUMN spam boolean NOT NULL DEFAULT false,
    ADD COLUMN survivor_id uuid,
    ADD COLUMN merged_into uuid,
    ADD COLUMN absorbs boolean NOT NULL DEFAULT false;

CREATE INDEX conversation_snoozed_idx ON engagement.conversation (workspace_id, snoozed_until) WHERE status = 'snoozed';

CREATE INDEX conversation_owner_idx ON engagement.conversation (workspace_id, owner_id, last_activity_at DESC, id DESC)
    WHERE owner_id IS NOT NULL;

CREATE INDEX conversation_survivor_idx ON engagement.conversation (workspace_id, survivor_id) WHERE survivor_id IS NOT NULL;

ALTER TABLE engagement.interaction ADD COLUMN mentioned_member_ids uuid[];

CREATE TABLE engagement.label (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    key text NOT NULL,
    colour text NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT label_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT label_workspace_id_key_key UNIQUE (workspace_id, key)
);

CREATE TABLE engagement.conversation_label (
    workspace_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    label_id uuid NOT NULL,
    CONSTRAINT conversation_label_pkey PRIMARY KEY (workspace_id, conversation_id, label_id),
    CONSTRAINT conversation_label_workspace_id_conversation_id_fkey FOREIGN KEY(workspace_id, conversation_id)
        REFERENCES engagement.conversation (workspace_id, id),
    CONSTRAINT conversation_label_workspace_id_label_id_fkey FOREIGN KEY(workspace_id, label_id)
        REFERENCES engagement.label (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX conversation_label_label_idx ON engagement.conversation_label (workspace_id, label_id, conversation_id);

CREATE TABLE engagement.conversation_follower (
    workspace_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    member_id uuid NOT NULL,
    since timestamptz NOT NULL,
    CONSTRAINT conversation_follower_pkey PRIMARY KEY (workspace_id, conversation_id, member_id),
    CONSTRAINT conversation_follower_workspace_id_conversation_id_fkey FOREIGN KEY(workspace_id, conversation_id)
        REFERENCES engagement.conversation (workspace_id, id)
);

CREATE INDEX conversation_follower_member_idx ON engagement.conversation_follower (workspace_id, member_id, conversation_id);

CREATE TABLE engagement.conversation_link (
    workspace_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    linked_id uuid NOT NULL,
    member_id uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT conversation_link_pkey PRIMARY KEY (workspace_id, conversation_id, linked_id),
    CONSTRAINT conversation_link_workspace_id_conversation_id_fkey FOREIGN KEY(workspace_id, conversation_id)
        REFERENCES engagement.conversation (workspace_id, id),
    CONSTRAINT conversation_link_workspace_id_linked_id_fkey FOREIGN KEY(workspace_id, linked_id)
        REFERENCES engagement.conversation (workspace_id, id)
);

CREATE TABLE engagement.mention (
    workspace_id uuid NOT NULL,
    member_id uuid NOT NULL,
    interaction_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT mention_pkey PRIMARY KEY (workspace_id, member_id, interaction_id),
    CONSTRAINT mention_workspace_id_interaction_id_fkey FOREIGN KEY(workspace_id, interaction_id)
        REFERENCES engagement.interaction (workspace_id, id) ON DELETE CASCADE
)
"""
