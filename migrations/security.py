"""What every revision says about roles and row-level security, in one place. Called by revisions only.

Three roles per service: `<service>_app` works under the policy, `<service>_intake` may insert into the journal and nothing else,
`<service>_worker` claims work across workspaces.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from migrations.estimates import Executes, told

WORKSPACE = "nullif(current_setting('app.workspace', true), '')::uuid"


def protect(op: Executes, schema: str, table: str, *, worker: bool = False) -> None:
    """Force row-level security on a tenant table and let `app` work under it; `worker` may see all workspaces' rows.

    The planner is told of the table, too.
    """
    name = f"{schema}.{table}"
    whole = f"(SELECT relkind = 'p' FROM pg_class WHERE oid = '{name}'::regclass)"
    op.execute("DO $$ BEGIN " + told(schema=f"'{schema}'", table=f"'{table}'", whole=whole) + " END $$")
    op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {name} TO {schema}_app USING (workspace_id = {WORKSPACE}) WITH CHECK (workspace_id = {WORKSPACE})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {schema}_app")
    if worker:
        open_to_worker(op, schema, table)


@contextmanager
def unforced(op: Executes, *tables: str) -> Iterator[None]:
    """Let the owner see the rows of these (`schema.table`) while a revision changes them: forced security hides them.

    Nobody else meets them meanwhile, for the lock is kept until the revision is committed.
    """
    for table in tables:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    yield
    for table in tables:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def open_to_worker(op: Executes, schema: str, table: str, *, privileges: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Let the worker role do this with the rows of all workspaces: claims, retention, publishing."""
    name = f"{schema}.{table}"
    op.execute(f"CREATE POLICY claims ON {name} TO {schema}_worker USING (true) WITH CHECK (true)")
    op.execute(f"GRANT {privileges} ON {name} TO {schema}_worker")


def accept_intake(op: Executes, schema: str, table: str) -> None:
    """Let the intake role insert, blindly, for any workspace: it can neither read nor change a row."""
    name = f"{schema}.{table}"
    op.execute(f"CREATE POLICY intake ON {name} FOR INSERT TO {schema}_intake WITH CHECK (true)")
    op.execute(f"GRANT INSERT ON {name} TO {schema}_intake")


def kit_tables(op: Executes, schema: str) -> None:
    """The tables that kit.model declares for every service, protected."""
    for statement in _KIT_TABLES.replace("{schema}", schema).split(";"):
        op.execute(statement)
    for table in ("outbox", "processed", "dead_letter", "idempotency"):
        protect(op, schema, table, worker=True)
    partition_functions(op, schema)
    partition_by_day(op, schema, "outbox")


def partition_functions(op: Executes, schema: str) -> None:
    """Functions by which the worker, who owns no table, makes tomorrow's partitions and drops those past retention.

    They run as the owner, so temporary tables, which any role may make, come last in their search path: named nowhere, they come first.
    """
    op.execute(_MAKE_PARTITIONS.replace("{schema}", schema).replace("{told}", told(schema=f"'{schema}'", table="name", whole="false")))
    op.execute(_DROP_PARTITIONS.replace("{schema}", schema))
    for function in ("make_partitions(text, date, integer)", "drop_partitions(text, date)"):
        op.execute(f"REVOKE ALL ON FUNCTION {schema}.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {schema}.{function} TO {schema}_worker")


def partition_by_day(op: Executes, schema: str, table: str) -> None:
    """A default partition, so that an insert never fails for want of one, and the first days' own."""
    op.execute(f"CREATE TABLE {schema}.{table}_default PARTITION OF {schema}.{table} DEFAULT")
    op.execute(f"SELECT {schema}.make_partitions('{table}', (now() AT TIME ZONE 'UTC')::date, 3)")


_KIT_TABLES = """
CREATE TABLE {schema}.outbox (
    workspace_id uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    day date NOT NULL,
    type text NOT NULL,
    version integer NOT NULL,
    subject text NOT NULL,
    time timestamptz NOT NULL,
    traceparent text,
    data text NOT NULL,
    published_at timestamptz,
    CONSTRAINT outbox_pkey PRIMARY KEY (workspace_id, id, day)
) PARTITION BY RANGE (day);
CREATE INDEX outbox_unpublished_idx ON {schema}.outbox (id) WHERE published_at IS NULL;

CREATE TABLE {schema}.processed (
    workspace_id uuid NOT NULL,
    consumer text NOT NULL,
    event_id text NOT NULL,
    processed_at timestamptz NOT NULL,
    CONSTRAINT processed_pkey PRIMARY KEY (workspace_id, consumer, event_id)
);
CREATE INDEX processed_processed_at_idx ON {schema}.processed (processed_at);

CREATE TABLE {schema}.dead_letter (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    consumer text NOT NULL,
    event_id text NOT NULL,
    type text NOT NULL,
    payload text NOT NULL,
    reason text NOT NULL,
    attempts integer NOT NULL,
    failed_at timestamptz NOT NULL,
    redriven_at timestamptz,
    CONSTRAINT dead_letter_pkey PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX dead_letter_workspace_id_consumer_event_id_key ON {schema}.dead_letter (workspace_id, consumer, event_id);

CREATE TABLE {schema}.idempotency (
    workspace_id uuid NOT NULL,
    caller_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status integer,
    body bytea,
    created_at timestamptz NOT NULL,
    CONSTRAINT idempotency_pkey PRIMARY KEY (workspace_id, caller_id, key)
);
CREATE INDEX idempotency_created_at_idx ON {schema}.idempotency (created_at)
"""

# After a long standstill a day's first rows are in the default partition, and the day cannot have its own any more: they stay there.
_MAKE_PARTITIONS = """
CREATE OR REPLACE FUNCTION {schema}.make_partitions(parent text, first_day date, days integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    day date;
    name text;
BEGIN
    FOR day IN SELECT first_day + n FROM generate_series(0, days - 1) AS n LOOP
        name := parent || '_' || to_char(day, 'YYYY_MM_DD');
        IF to_regclass(format('%I.%I', '{schema}', name)) IS NULL THEN
            BEGIN
                EXECUTE format(
                    'CREATE TABLE %I.%I PARTITION OF %I.%I FOR VALUES FROM (%L) TO (%L)',
                    '{schema}', name, '{schema}', parent, day, day + 1);
                {told}
            EXCEPTION WHEN check_violation OR duplicate_table THEN
                RAISE LOG 'no partition for %', day;
            END;
        END IF;
    END LOOP;
END $$
"""

_DROP_PARTITIONS = """
CREATE OR REPLACE FUNCTION {schema}.drop_partitions(parent text, before date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text;
    dropped integer := 0;
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = to_regclass(format('%I.%I', '{schema}', parent))
          AND c.relname ~ '_\\d{4}_\\d{2}_\\d{2}$'
          AND to_date(right(c.relname, 10), 'YYYY_MM_DD') < before
    LOOP
        EXECUTE format('DROP TABLE %I.%I', '{schema}', name);
        dropped := dropped + 1;
    END LOOP;
    EXECUTE format('DELETE FROM %I.%I WHERE day < $1', '{schema}', parent || '_default') USING before;
    RETURN dropped;
END $$
"""
