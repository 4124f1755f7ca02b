"""The tables by which every service erases a subject, as kit.model declares them. Called by revisions only."""

from migrations.estimates import Executes
from migrations.security import protect

# A sweep asks as `worker` where a job is due, and sees nothing else of it.
COLUMNS_OF_THE_WORKER = "workspace_id, id, due_at"


def erasing_tables(op: Executes, schema: str) -> None:
    """Jobs, and what stays of whoever was erased."""
    for statement in _TABLES.replace("{schema}", schema).split(";"):
        op.execute(statement)
    for table in ("erasing", "erased"):
        protect(op, schema, table)
    op.execute(f"CREATE POLICY claims ON {schema}.erasing FOR SELECT TO {schema}_worker USING (true)")
    op.execute(f"GRANT SELECT ({COLUMNS_OF_THE_WORKER}) ON {schema}.erasing TO {schema}_worker")


def drop_erasing_tables(op: Executes, schema: str) -> None:
    """Both of them."""
    for table in ("erasing", "erased"):
        op.execute(f"DROP TABLE {schema}.{table}")


_TABLES = """
CREATE TABLE {schema}.erasing (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    sealed text NOT NULL,
    counts text NOT NULL,
    passes integer NOT NULL DEFAULT 0,
    clean integer NOT NULL DEFAULT 0,
    begun_at timestamptz NOT NULL,
    due_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT erasing_pkey PRIMARY KEY (workspace_id, id)
);
CREATE INDEX erasing_due_at_idx ON {schema}.erasing (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE {schema}.erased (
    workspace_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    erased_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT erased_pkey PRIMARY KEY (workspace_id, subject_id)
)
"""
