"""Connecting by OAuth: our registrations, authorizations under way, and when credentials are to be renewed."""

from alembic import op

from migrations.security import protect

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TENANT_TABLES = ("app_registration", "channel_authorization", "credential_refresh")
# A sweep asks as `worker` where something is due, and sees nothing else of the row.
COLUMNS = {
    "channel_authorization": "workspace_id, expires_at",
    "credential_refresh": "workspace_id, channel_id, due_at, lease_until",
}


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    for table in TENANT_TABLES:
        protect(op, "engagement", table)
    for table, columns in COLUMNS.items():
        op.execute(f"CREATE POLICY claims ON engagement.{table} FOR SELECT TO engagement_worker USING (true)")
        op.execute(f"GRANT SELECT ({columns}) ON engagement.{table} TO engagement_worker")


def downgrade() -> None:
    for table in reversed(TENANT_TABLES):
        op.execute(f"DROP TABLE engagement.{table}")


STATEMENTS = """
CREATE TABLE engagement.app_registration (
    workspace_id uuid NOT NULL,
    app text NOT NULL,
    sealed bytea NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT app_registration_pkey PRIMARY KEY (workspace_id, app)
);

CREATE TABLE engagement.channel_authorization (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    platform text NOT NULL,
    name text NOT NULL,
    caller_id uuid NOT NULL,
    member_id uuid,
    channel_id uuid,
    state text NOT NULL,
    reason text NOT NULL DEFAULT '',
    sealed bytea NOT NULL,
    channels text NOT NULL DEFAULT '',
    begun_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT channel_authorization_pkey PRIMARY KEY (workspace_id, id)
);

CREATE INDEX channel_authorization_expires_at_idx ON engagement.channel_authorization (workspace_id, expires_at);

CREATE TABLE engagement.credential_refresh (
    workspace_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    expires_at timestamptz,
    due_at timestamptz,
    refreshed_at timestamptz,
    failures integer NOT NULL DEFAULT 0,
    reason text NOT NULL DEFAULT '',
    lease_id uuid,
    lease_until timestamptz,
    CONSTRAINT credential_refresh_pkey PRIMARY KEY (workspace_id, channel_id)
);

CREATE INDEX credential_refresh_due_idx ON engagement.credential_refresh (workspace_id, due_at) WHERE due_at IS NOT NULL
"""
