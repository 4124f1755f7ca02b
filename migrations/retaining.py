"""The tables by which every service removes what is old, as kit.model declares them. Called by revisions only."""

from migrations.estimates import Executes
from migrations.security import protect

# A sweep asks as `worker` where something is due, and sees nothing else of it.
COLUMNS_OF_THE_WORKER = "workspace_id, step, due_at"


def retention_tables(op: Executes, schema: str) -> None:
    """The rules that are in force, and how far each has been obeyed."""
    for statement in _TABLES.replace("{schema}", schema).split(";"):
        op.execute(statement)
    for table in ("retention_policy", "retention_step"):
        protect(op, schema, table)
    op.execute(f"CREATE POLICY claims ON {schema}.retention_step FOR SELECT TO {schema}_worker USING (true)")
    op.execute(f"GRANT SELECT ({COLUMNS_OF_THE_WORKER}) ON {schema}.retention_step TO {schema}_worker")


def drop_retention_tables(op: Executes, schema: str) -> None:
    """Both of them."""
    for table in ("retention_step", "retention_policy"):
        op.execute(f"DROP TABLE {schema}.{table}")


_TABLES = """
CREATE TABLE {schema}.retention_policy (
    workspace_id uuid NOT NULL,
    told integer NOT NULL,
    version integer NOT NULL,
    rules text NOT NULL,
    held uuid[] NOT NULL,
    CONSTRAINT retention_policy_pkey PRIMARY KEY (workspace_id)
);

CREATE TABLE {schema}.retention_step (
    workspace_id uuid NOT NULL,
    step text NOT NULL,
    told integer NOT NULL,
    run_id uuid NOT NULL,
    after uuid NOT NULL,
    skipped boolean NOT NULL,
    counts text NOT NULL,
    begun_at timestamptz NOT NULL,
    due_at timestamptz,
    CONSTRAINT retention_step_pkey PRIMARY KEY (workspace_id, step)
);
CREATE INDEX retention_step_due_at_idx ON {schema}.retention_step (due_at) WHERE due_at IS NOT NULL
"""
