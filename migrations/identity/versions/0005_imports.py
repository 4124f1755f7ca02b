"""Files by which people come in: jobs that read them, the pieces they are kept in, and the rows that were not taken as they were."""

from alembic import op

from migrations.security import open_to_worker, protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE identity.import (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        upload_id uuid NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        reading jsonb NOT NULL,
        sha256 bytea NOT NULL,
        state text NOT NULL,
        size_bytes bigint NOT NULL,
        position bigint NOT NULL,
        line bigint NOT NULL,
        rows_done bigint NOT NULL,
        rows_refused bigint NOT NULL,
        reason text NOT NULL,
        member_id uuid,
        created_at timestamptz NOT NULL,
        started_at timestamptz,
        advanced_at timestamptz,
        finished_at timestamptz,
        lease_until timestamptz,
        attempts integer NOT NULL,
        CONSTRAINT import_pkey PRIMARY KEY (workspace_id, id)
    )
    """,
    "CREATE INDEX import_workspace_id_created_at_id_idx ON identity.import (workspace_id, created_at, id)",
    "CREATE INDEX import_unfinished_idx ON identity.import (workspace_id, created_at, id) WHERE finished_at IS NULL",
    "CREATE INDEX import_upload_idx ON identity.import (workspace_id, upload_id)",
    """
    CREATE TABLE identity.import_piece (
        workspace_id uuid NOT NULL,
        upload_id uuid NOT NULL,
        number integer NOT NULL,
        body bytea NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT import_piece_pkey PRIMARY KEY (workspace_id, upload_id, number)
    )
    """,
    "CREATE INDEX import_piece_created_at_idx ON identity.import_piece (created_at)",
    """
    CREATE TABLE identity.import_refusal (
        workspace_id uuid NOT NULL,
        import_id uuid NOT NULL,
        line bigint NOT NULL,
        key text NOT NULL,
        reason text NOT NULL,
        kept boolean NOT NULL,
        CONSTRAINT import_refusal_pkey PRIMARY KEY (workspace_id, import_id, line),
        CONSTRAINT import_refusal_workspace_id_import_id_fkey FOREIGN KEY (workspace_id, import_id)
            REFERENCES identity.import (workspace_id, id) ON DELETE CASCADE
    )
    """,
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table in ("import", "import_piece", "import_refusal"):
        protect(op, "identity", table)
    open_to_worker(op, "identity", "import", privileges="SELECT")
    open_to_worker(op, "identity", "import_piece", privileges="SELECT, DELETE")


def downgrade() -> None:
    for table in ("import_refusal", "import_piece", "import"):
        op.execute(f"DROP TABLE identity.{table}")
