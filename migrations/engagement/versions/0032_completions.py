"""What a platform's deliveries do not say is asked for: which interactions lack something, and what was told of people."""

from alembic import op

from migrations.security import protect

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

# A sweep asks as `worker` where something is due, and sees nothing else of the row.
COLUMNS = "workspace_id, due_at, held_until, lease_until"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE engagement.completion (
            workspace_id uuid NOT NULL,
            interaction_id uuid NOT NULL,
            channel_id uuid NOT NULL,
            lack text NOT NULL,
            received bytea NOT NULL,
            held_until timestamptz,
            attempts integer NOT NULL DEFAULT 0,
            due_at timestamptz,
            reason text NOT NULL DEFAULT '',
            lease_id uuid,
            lease_until timestamptz,
            CONSTRAINT completion_pkey PRIMARY KEY (workspace_id, interaction_id),
            CONSTRAINT completion_workspace_id_interaction_id_fkey FOREIGN KEY (workspace_id, interaction_id)
                REFERENCES engagement.interaction (workspace_id, id) ON DELETE CASCADE
        )
        """
    )
    op.execute("CREATE INDEX completion_due_idx ON engagement.completion (workspace_id, due_at) WHERE due_at IS NOT NULL")
    op.execute("CREATE INDEX completion_held_idx ON engagement.completion (workspace_id, held_until) WHERE held_until IS NOT NULL")
    op.execute("CREATE INDEX completion_channel_idx ON engagement.completion (workspace_id, channel_id, interaction_id)")
    op.execute(
        """
        CREATE TABLE engagement.author_facts (
            workspace_id uuid NOT NULL,
            profile_id uuid NOT NULL,
            handle text,
            name text,
            avatar_url text,
            told_at timestamptz NOT NULL,
            CONSTRAINT author_facts_pkey PRIMARY KEY (workspace_id, profile_id)
        )
        """
    )
    for table in ("completion", "author_facts"):
        protect(op, "engagement", table)
    op.execute("CREATE POLICY claims ON engagement.completion FOR SELECT TO engagement_worker USING (true)")
    op.execute(f"GRANT SELECT ({COLUMNS}) ON engagement.completion TO engagement_worker")


def downgrade() -> None:
    op.execute("DROP TABLE engagement.author_facts")
    op.execute("DROP TABLE engagement.completion")
