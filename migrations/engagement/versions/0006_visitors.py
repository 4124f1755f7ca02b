"""Web chat: visitors, their mailboxes, and the proofs of sign-in that were used."""

from alembic import op

from migrations.security import protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TENANT_TABLES = ("visitor", "visitor_entry", "visitor_proof")


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    for table in TENANT_TABLES:
        protect(op, "engagement", table)


def downgrade() -> None:
    for table in reversed(TENANT_TABLES):
        op.execute(f"DROP TABLE engagement.{table}")


STATEMENTS = """
CREATE TABLE engagement.visitor (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    channel_id uuid NOT NULL,
    subject text,
    name text,
    email text,
    email_verified boolean NOT NULL,
    phone text,
    phone_verified boolean NOT NULL,
    language text,
    position integer NOT NULL,
    allowance double precision NOT NULL,
    allowance_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT visitor_pkey PRIMARY KEY (workspace_id, id),
    CONSTRAINT visitor_workspace_id_channel_id_subject_key UNIQUE (workspace_id, channel_id, subject),
    CONSTRAINT visitor_workspace_id_channel_id_fkey
        FOREIGN KEY (workspace_id, channel_id) REFERENCES engagement.channel (workspace_id, id)
);

CREATE TABLE engagement.visitor_entry (
    workspace_id uuid NOT NULL,
    visitor_id uuid NOT NULL,
    id text NOT NULL,
    position integer NOT NULL,
    changed integer NOT NULL,
    inbound boolean NOT NULL,
    text text NOT NULL,
    attachments jsonb,
    at timestamptz NOT NULL,
    edited_at timestamptz,
    deleted_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    CONSTRAINT visitor_entry_pkey PRIMARY KEY (workspace_id, visitor_id, id),
    CONSTRAINT visitor_entry_workspace_id_visitor_id_fkey
        FOREIGN KEY (workspace_id, visitor_id) REFERENCES engagement.visitor (workspace_id, id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX visitor_entry_changed_key ON engagement.visitor_entry (workspace_id, visitor_id, changed);

CREATE UNIQUE INDEX visitor_entry_reply_key ON engagement.visitor_entry (workspace_id, id) WHERE NOT inbound;

CREATE TABLE engagement.visitor_proof (
    workspace_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    proof bytea NOT NULL,
    holder bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT visitor_proof_pkey PRIMARY KEY (workspace_id, channel_id, proof)
);

CREATE INDEX visitor_proof_expires_idx ON engagement.visitor_proof (workspace_id, channel_id, expires_at)
"""
