"""The ledger's sums, kept by the database itself, and who is blocked."""

from alembic import op

from migrations.security import protect, unforced

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

EVENTS = {
    "INSERT": ("REFERENCING NEW TABLE AS after_rows", "SELECT workspace_id, ledger, 1 AS n FROM after_rows"),
    "DELETE": ("REFERENCING OLD TABLE AS before_rows", "SELECT workspace_id, ledger, -1 AS n FROM before_rows"),
    "UPDATE": (
        "REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows",
        "SELECT workspace_id, ledger, 1 AS n FROM after_rows UNION ALL SELECT workspace_id, ledger, -1 FROM before_rows",
    ),
}


def upgrade() -> None:
    for statement in STATEMENTS.split(";"):
        op.execute(statement)
    for table in ("ledger_sum", "blocked_profile"):
        protect(op, "engagement", table)
    for event, (rows, changes) in EVENTS.items():
        op.execute(FUNCTION.format(name=f"sum_ledger_on_{event.lower()}", changes=changes))
        op.execute(
            f"CREATE TRIGGER ledger_{event.lower()} AFTER {event} ON engagement.interaction {rows} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION engagement.sum_ledger_on_{event.lower()}()"
        )
    # The triggers' lock lets nobody write until this is committed, so what is there now is counted once, and whole.
    with unforced(op, "engagement.interaction", "engagement.ledger_sum"):
        op.execute(
            "INSERT INTO engagement.ledger_sum (workspace_id, ledger, count) "
            "SELECT workspace_id, ledger, count(*) FROM engagement.interaction WHERE ledger IS NOT NULL GROUP BY workspace_id, ledger"
        )


def downgrade() -> None:
    for event in EVENTS:
        op.execute(f"DROP TRIGGER ledger_{event.lower()} ON engagement.interaction")
        op.execute(f"DROP FUNCTION engagement.sum_ledger_on_{event.lower()}()")
    for table in ("ledger_sum", "blocked_profile"):
        op.execute(f"DROP TABLE engagement.{table}")


STATEMENTS = """
CREATE TABLE engagement.ledger_sum (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    ledger text NOT NULL,
    count bigint NOT NULL,
    CONSTRAINT ledger_sum_pkey PRIMARY KEY (workspace_id, id)
);

CREATE TABLE engagement.blocked_profile (
    workspace_id uuid NOT NULL,
    profile_id uuid NOT NULL,
    reason text NOT NULL,
    member_id uuid,
    blocked_at timestamptz NOT NULL,
    CONSTRAINT blocked_profile_pkey PRIMARY KEY (workspace_id, profile_id)
);

CREATE INDEX blocked_profile_recent_idx ON engagement.blocked_profile (workspace_id, blocked_at DESC, profile_id DESC)
"""

# It runs as whoever writes, and so under the same policy. Rows are added, never changed: writers do not wait for one another.
FUNCTION = """
CREATE FUNCTION engagement.{name}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO engagement.ledger_sum (workspace_id, ledger, count)
    SELECT workspace_id, ledger, sum(n) FROM ({changes}) AS change
    WHERE ledger IS NOT NULL GROUP BY workspace_id, ledger HAVING sum(n) <> 0;
    RETURN NULL;
END $$
"""
