"""The sweep for suggestions: which profiles are due, the keys under which names and handles meet, how many people there are."""

from alembic import op

from migrations.security import open_to_worker, protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE identity.suggesting_due (
        workspace_id uuid NOT NULL,
        profile_id uuid NOT NULL,
        CONSTRAINT suggesting_due_pkey PRIMARY KEY (workspace_id, profile_id),
        CONSTRAINT suggesting_due_workspace_id_profile_id_fkey
            FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id)
    )
    """,
    """
    CREATE TABLE identity.suggesting_key (
        workspace_id uuid NOT NULL,
        key bytea NOT NULL,
        profile_id uuid NOT NULL,
        CONSTRAINT suggesting_key_pkey PRIMARY KEY (workspace_id, key, profile_id),
        CONSTRAINT suggesting_key_workspace_id_profile_id_fkey
            FOREIGN KEY (workspace_id, profile_id) REFERENCES identity.profile (workspace_id, id)
    )
    """,
    "CREATE INDEX suggesting_key_workspace_id_profile_id_idx ON identity.suggesting_key (workspace_id, profile_id)",
    """
    CREATE TABLE identity.suggesting_sum (
        workspace_id uuid NOT NULL,
        profiles bigint NOT NULL,
        CONSTRAINT suggesting_sum_pkey PRIMARY KEY (workspace_id)
    )
    """,
)
NAMES = ("suggesting_due", "suggesting_key", "suggesting_sum")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in TABLES:
        op.execute(statement)
    for table in NAMES:
        protect(op, "identity", table)
    open_to_worker(op, "identity", "suggesting_due", privileges="SELECT")


def downgrade() -> None:
    op.execute(f"DROP TABLE {', '.join(f'identity.{table}' for table in NAMES)}")
