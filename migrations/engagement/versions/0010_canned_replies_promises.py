"""Canned replies, dated promises."""

from alembic import op

from migrations.security import protect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TENANT_TABLES = ("canned_reply", "promise")


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    for table in TENANT_TABLES:
        protect(op, "engagement", table)


def downgrade() -> None:
    for table in TENANT_TABLES:
        op.execute(f"DROP TABLE engagement.{table}")


STATEMENTS = """
CREATE TABLE engagement.canned_reply (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    shortcut text COLLATE "C" NOT NULL,
    language text COLLATE "C" NOT NULL,
    title text NOT NULL,
    text text NOT NULL,
    changed_by uuid,
    changed_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT canned_reply_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT canned_reply_workspace_id_shortcut_language_key UNIQUE (workspace_id, shortcut, language)
);

CREATE TABLE engagement.promise (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    member_id uuid,
    text text NOT NULL,
    due_at timestamptz NOT NULL,
    state text NOT NULL,
    told text NOT NULL,
    made_at timestamptz NOT NULL,
    settled_at timestamptz,
    settled_by uuid,
    version integer NOT NULL,
    CONSTRAINT promise_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT promise_workspace_id_conversation_id_fkey FOREIGN KEY(workspace_id, conversation_id)
        REFERENCES engagement.conversation (workspace_id, id)
);

CREATE INDEX promise_conversation_idx ON engagement.promise (workspace_id, conversation_id, due_at, id);

CREATE INDEX promise_open_idx ON engagement.promise (workspace_id, due_at, id) WHERE state = 'open';

CREATE INDEX promise_untold_idx ON engagement.promise (workspace_id, due_at) WHERE state = 'open' AND told <> 'overdue'
"""
