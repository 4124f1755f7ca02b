"""Exports of a person as one file: who asked for which, and the sealed pieces that the services told for it, until it expires."""

from alembic import op

from migrations.security import open_to_worker, protect

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE identity.person_export (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        contact_id uuid NOT NULL,
        profile_ids uuid[] NOT NULL,
        requested_by uuid,
        requested_at timestamptz NOT NULL,
        completed_at timestamptz,
        expires_at timestamptz NOT NULL,
        CONSTRAINT person_export_pkey PRIMARY KEY (workspace_id, id)
    )
    """,
    "CREATE INDEX person_export_expires_at_idx ON identity.person_export (expires_at)",
    """
    CREATE TABLE identity.person_export_piece (
        workspace_id uuid NOT NULL,
        export_id uuid NOT NULL,
        service text NOT NULL,
        number integer NOT NULL,
        last boolean NOT NULL,
        items integer NOT NULL,
        sealed text NOT NULL,
        kept_at timestamptz NOT NULL,
        CONSTRAINT person_export_piece_pkey PRIMARY KEY (workspace_id, export_id, service, number),
        CONSTRAINT person_export_piece_workspace_id_export_id_fkey FOREIGN KEY (workspace_id, export_id)
            REFERENCES identity.person_export (workspace_id, id) ON DELETE CASCADE
    )
    """,
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in TABLES:
        op.execute(statement)
    for table in ("person_export", "person_export_piece"):
        protect(op, "identity", table)
    open_to_worker(op, "identity", "person_export", privileges="SELECT, DELETE")


def downgrade() -> None:
    op.execute("DROP TABLE IF EXISTS identity.person_export_piece, identity.person_export")
