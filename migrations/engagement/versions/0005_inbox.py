"""The inbox: open work per thread, and what each member has read."""

from alembic import op

from migrations.security import protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TENANT_TABLES = ("conversation_task", "conversation_read")


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    for table in TENANT_TABLES:
        protect(op, "engagement", table)


def downgrade() -> None:
    for table in reversed(TENANT_TABLES):
        op.execute(f"DROP TABLE engagement.{table}")
    op.execute("DROP INDEX engagement.conversation_owned_idx")
    op.execute("DROP INDEX engagement.conversation_channel_idx")
    op.execute("ALTER TABLE engagement.conversation DROP COLUMN inbound_version")


STATEMENTS = """
ALTER TABLE engagement.conversation ADD COLUMN inbound_version integer NOT NULL DEFAULT 0;

CREATE INDEX conversation_owned_idx ON engagement.conversation (workspace_id, owner_id, last_activity_at DESC, id DESC)
    WHERE owner_id IS NOT NULL AND status <> 'closed';

CREATE INDEX conversation_channel_idx ON engagement.conversation (workspace_id, channel_id, last_activity_at DESC, id DESC)
    WHERE status <> 'closed';

CREATE TABLE engagement.conversation_task (
    workspace_id uuid NOT NULL,
    task_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    discipline text NOT NULL,
    member_id uuid,
    urgency text NOT NULL DEFAULT 'normal',
    due_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 0,
    closed boolean NOT NULL DEFAULT false,
    CONSTRAINT conversation_task_pkey PRIMARY KEY (workspace_id, task_id)
) WITH (fillfactor = 80);

CREATE INDEX conversation_task_due_idx ON engagement.conversation_task (workspace_id, due_at, task_id) WHERE NOT closed;

CREATE INDEX conversation_task_discipline_idx ON engagement.conversation_task (workspace_id, discipline, due_at, task_id) WHERE NOT closed;

CREATE INDEX conversation_task_member_idx ON engagement.conversation_task (workspace_id, member_id, due_at, task_id)
    INCLUDE (conversation_id) WHERE NOT closed AND member_id IS NOT NULL;

CREATE INDEX conversation_task_unassigned_idx ON engagement.conversation_task (workspace_id, due_at, task_id)
    WHERE NOT closed AND member_id IS NULL;

CREATE TABLE engagement.conversation_read (
    workspace_id uuid NOT NULL,
    member_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    version integer NOT NULL,
    read_at timestamptz NOT NULL,
    CONSTRAINT conversation_read_pkey PRIMARY KEY (workspace_id, member_id, conversation_id),
    CONSTRAINT conversation_read_workspace_id_conversation_id_fkey FOREIGN KEY(workspace_id, conversation_id)
        REFERENCES engagement.conversation (workspace_id, id)
)
"""
