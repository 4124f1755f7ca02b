"""Partner webhooks: where partners want to be told, and each event on its way there."""

from alembic import op

from migrations.security import open_to_worker, protect

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE identity.webhook_endpoint (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        url text NOT NULL,
        types text[] NOT NULL,
        description text NOT NULL,
        secret_number integer NOT NULL,
        rotated_at timestamptz,
        active boolean NOT NULL,
        trouble text NOT NULL,
        failures integer NOT NULL,
        failing_since timestamptz,
        held_until timestamptz,
        created_at timestamptz NOT NULL,
        version integer NOT NULL,
        CONSTRAINT webhook_endpoint_pkey PRIMARY KEY (workspace_id, id)
    )
    """,
    """
    CREATE TABLE identity.webhook_delivery (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        endpoint_id uuid NOT NULL,
        event_id text NOT NULL,
        type text NOT NULL,
        body bytea NOT NULL,
        state text NOT NULL,
        attempts integer NOT NULL,
        status integer,
        trouble text NOT NULL,
        created_at timestamptz NOT NULL,
        due_at timestamptz,
        lease_id uuid,
        finished_at timestamptz,
        CONSTRAINT webhook_delivery_pkey PRIMARY KEY (workspace_id, id),
        CONSTRAINT webhook_delivery_workspace_id_endpoint_id_event_id_key UNIQUE (workspace_id, endpoint_id, event_id),
        CONSTRAINT webhook_delivery_workspace_id_endpoint_id_fkey FOREIGN KEY (workspace_id, endpoint_id)
            REFERENCES identity.webhook_endpoint (workspace_id, id) ON DELETE CASCADE,
        CONSTRAINT webhook_delivery_state_check CHECK (state IN ('waiting', 'delivered', 'failed'))
    )
    """,
    "CREATE INDEX webhook_delivery_due_idx ON identity.webhook_delivery (workspace_id, due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX webhook_delivery_workspace_id_endpoint_id_id_idx ON identity.webhook_delivery (workspace_id, endpoint_id, id)",
    "CREATE INDEX webhook_delivery_finished_at_idx ON identity.webhook_delivery (finished_at) WHERE finished_at IS NOT NULL",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in TABLES:
        op.execute(statement)
    protect(op, "identity", "webhook_endpoint")
    protect(op, "identity", "webhook_delivery")
    open_to_worker(op, "identity", "webhook_delivery", privileges="SELECT, DELETE")


def downgrade() -> None:
    for table in ("webhook_delivery", "webhook_endpoint"):
        op.execute(f"DROP TABLE IF EXISTS identity.{table}")
