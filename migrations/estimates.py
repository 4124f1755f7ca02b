"""What the planner is to believe of the column `workspace_id`, in every table and at any time. Called by revisions and by `security`.

A young table has no statistics, and one full of old workspaces says that a new one has no rows. Either makes a plan that reads all of
a workspace for each row it looks for, and keeps it until somebody analyses the table. So it is told once, and never measured.
"""

from typing import Protocol

# A workspace is taken for this part of a table: large enough that its rows are looked up by their keys, and not read through.
WORKSPACES = 10

_TELL = f"""
PERFORM pg_clear_attribute_stats({{schema}}, {{table}}, 'workspace_id', {{whole}});
PERFORM pg_restore_attribute_stats('schemaname', {{schema}}, 'relname', {{table}}, 'attname', 'workspace_id', 'inherited', {{whole}},
    'null_frac', 0::real, 'avg_width', 16, 'n_distinct', {WORKSPACES}::real);
"""


class Executes(Protocol):
    """Alembic's `op`, as far as it is used here."""

    def execute(self, sqltext: str) -> None:
        """Run one statement."""


def told(*, schema: str, table: str, whole: str) -> str:
    """The PL/pgSQL that tells it of a table. The arguments are expressions: two texts, and whether the table is partitioned."""
    return f"EXECUTE format('ALTER TABLE %I.%I ALTER COLUMN workspace_id SET STATISTICS 0', {schema}, {table});" + _TELL.format(
        schema=schema, table=table, whole=whole
    )


def estimate_all(op: Executes, schema: str) -> None:
    """Tell it of every table of a schema, and of every partition, that is there now."""
    one = told(schema=f"'{schema}'", table="every.name", whole="every.whole")
    op.execute(f"""
        DO $$ DECLARE every record; BEGIN
            FOR every IN
                SELECT c.relname::text AS name, c.relkind = 'p' AS whole FROM pg_class c
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
                WHERE c.relnamespace = '{schema}'::regnamespace AND c.relkind IN ('r', 'p')
            LOOP
                {one}
            END LOOP;
        END $$
    """)


def measure_all(op: Executes, schema: str) -> None:
    """Let it be measured again."""
    op.execute(f"""
        DO $$ DECLARE name text; BEGIN
            FOR name IN
                SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
                WHERE c.relnamespace = '{schema}'::regnamespace AND c.relkind IN ('r', 'p')
            LOOP
                EXECUTE format('ALTER TABLE %I.%I ALTER COLUMN workspace_id SET STATISTICS -1', '{schema}', name);
            END LOOP;
        END $$
    """)
