"""Fills every table of every service with rows, whatever its columns: what plans and fences are tried on. Called by the tests beside it.

Values follow from the row's number alone: things that belong together have the same number, and so the same id.
"""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from migrations import SERVICES

WORKSPACES = 10
# Where the share of a value decides a plan, it is as in life: most of the past is settled.
SHARES: Mapping[tuple[str, str], str] = {
    ("journal", "state"): "CASE WHEN n % 500 = 0 THEN 'waiting' WHEN n % 501 = 0 THEN 'parked' ELSE 'done' END",
    ("journal", "waits_for"): "CASE WHEN n % 501 = 0 THEN 'w' || n END",
    ("conversation_task", "closed"): "n % 20 <> 0",
    ("conversation", "status"): "CASE WHEN n % 20 = 0 THEN 'open' WHEN n % 21 = 0 THEN 'snoozed' ELSE 'closed' END",
    ("conversation", "owner_id"): "CASE WHEN n % 3 = 0 THEN thing(n % 500) END",
    ("conversation", "survivor_id"): "CASE WHEN n % 200 = 0 THEN thing(n + 10) END",
    ("conversation", "merged_into"): "CASE WHEN n % 200 = 0 THEN thing(n + 10) END",
    ("conversation", "absorbs"): "n % 200 = 10",
    ("job_item", "state"): "CASE WHEN n % 100 = 0 THEN 'waiting' WHEN n % 101 = 0 THEN 'failed' ELSE 'done' END",
    ("webhook_delivery", "state"): "CASE WHEN n % 100 = 0 THEN 'waiting' ELSE 'delivered' END",
    ("webhook_delivery", "due_at"): "CASE WHEN n % 100 = 0 THEN now() END",
    ("webhook_delivery", "finished_at"): "CASE WHEN n % 100 > 0 THEN now() END",
    ("import", "finished_at"): "CASE WHEN n % 100 = 0 THEN NULL ELSE now() END",
    ("job", "state"): "CASE WHEN n % 100 = 0 THEN 'queued' ELSE 'done' END",
    ("interaction", "direction"): "CASE WHEN n % 4 = 0 THEN 'outbound' ELSE 'inbound' END",
    ("interaction", "ledger"): "CASE WHEN n % 4 = 0 THEN NULL WHEN n % 50 = 1 THEN 'owed' ELSE 'answered' END",
    ("reply", "state"): (
        "CASE WHEN n % 1000 = 0 THEN 'queued' WHEN n % 1001 = 0 THEN 'unknown' WHEN n % 1002 = 0 THEN 'proposed' ELSE 'sent' END"
    ),
    ("reply", "begun"): "CASE WHEN n % 100 = 0 THEN '{}'::jsonb END",
    ("outbox", "published_at"): "CASE WHEN n % 1000 = 0 THEN NULL ELSE now() END",
    ("outbox", "day"): "(now() AT TIME ZONE 'UTC')::date",
    ("journal_body", "day"): "(now() AT TIME ZONE 'UTC')::date",
    ("task", "completed_at"): "CASE WHEN n % 20 = 0 THEN NULL ELSE now() END",
    ("task", "state"): "CASE WHEN n % 20 = 0 THEN 'new' ELSE 'done' END",
    ("task", "wakes_at"): "CASE WHEN n % 20 = 0 THEN now() END",
    ("resolution", "wakes_at"): "CASE WHEN n % 20 = 0 THEN now() END",
    ("resolution", "ended_at"): "CASE WHEN n % 20 = 0 THEN NULL ELSE now() END",
    ("suggestion", "state"): "CASE WHEN n % 20 = 0 THEN 'open' ELSE 'rejected' END",
    ("suggestion", "other_profile_id"): "thing(n + 1)",
    ("edge", "other_profile_id"): "thing(n + 1)",
    ("edge", "source"): "CASE WHEN n % 100 = 0 THEN 'member' ELSE 'evidence' END",
    ("never_merge", "other_profile_id"): "thing(n + 1)",
    ("merge_event", "kind"): "CASE WHEN n % 10 = 0 THEN 'merge' ELSE 'evidence' END",
    ("session", "revoked_at"): "CASE WHEN n % 20 = 0 THEN now() END",
    ("member", "role"): "CASE WHEN n % 50 = 0 THEN 'admin' ELSE 'agent' END",
    ("invitation", "role"): "'agent'",
}
# Tables that stay small in life; the others are filled as they grow.
SMALL: Mapping[str, int] = {
    "workspace": WORKSPACES,
    "consent_setting": WORKSPACES,
    "suggesting_sum": WORKSPACES,
    "consent_purpose": WORKSPACES,
    "retention_policy": WORKSPACES,
    "retention_step": WORKSPACES,
    "retention_report": WORKSPACES * 100,
    "playbook_cell": WORKSPACES,
    "service_levels": WORKSPACES,
    "journey_plan": WORKSPACES,
    "assignment_setting": WORKSPACES,
    "agent": 1_000,
    "signing_key": 4,
    "channel": 200,
    "satisfaction_setting": 200,
    "channel_cursor": 200,
    "reconciliation": 200,
    "approval_rule": 200,
    "channel_state": 200,
    "app_registration": 200,
    "channel_authorization": 1_000,
    "credential_refresh": 200,
    "webhook_subscription": 200,
    "webhook_endpoint": 200,
    "member": 1_000,
    "label": 1_000,
    "ledger_sum": 1_000,
    "job": 1_000,
    "import": 1_000,
    "blocked_profile": 1_000,
    "api_key": 1_000,
    "team": 1_000,
    "team_member": 1_000,
    "invitation": 1_000,
    "blocked_identifier": 1_000,
}
BY_NAME: Mapping[str, str] = {
    "workspace_id": "of_workspace(n)",
    "kind": "'direct'",
    "phase": "'post'",
    "urgency": "'normal'",
    "discipline": "(ARRAY['service', 'sales', 'marketing', 'pr'])[1 + n % 4]",
    "type": "'email'",
    "network": "'net'",
    "channel_id": "thing(n % 200)",
}
BY_TYPE: Mapping[str, str] = {
    "uuid": "thing(n)",
    "text": "'t' || n",
    "bytea": "sha256(n::text::bytea)",
    "timestamp with time zone": "now() - n * interval '1 second'",
    "date": "(now() AT TIME ZONE 'UTC')::date",
    "boolean": "n % 2 = 0",
    "integer": "1 + n % 100",
    "bigint": "n",
    "smallint": "1",
    "double precision": "0.5",
    "real": "0.5",
    "numeric": "0.5",
    "jsonb": "'{}'",
    "ARRAY": "'{}'",
}
FUNCTIONS = f"""
CREATE FUNCTION public.thing(n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql
    RETURN ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid;
CREATE FUNCTION public.of_workspace(n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql
    RETURN ('00000000-0000-0000-0000-' || lpad(to_hex(1 + n % {WORKSPACES}), 12, '0'))::uuid;
"""


FILL_SECONDS = 120
_INDEXES = """
SELECT i.relname AS name, pg_get_indexdef(x.indexrelid) AS definition FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
WHERE t.relnamespace = $1::text::regnamespace AND t.relname = $2 AND t.relkind = 'r'
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = x.indexrelid)
"""
# A table's files, or those of its partitions, and of their indexes.
_FILES = """
WITH leaf AS (SELECT $1::text::regclass AS relid UNION SELECT relid FROM pg_partition_tree($1::text::regclass))
SELECT n.nspname AS schema, c.relname AS name, c.relkind = 'r' AS holds_rows, c.relpages AS pages, c.reltuples AS rows,
    pg_relation_filepath(c.oid) AS path
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'i')
  AND c.oid IN (SELECT relid FROM leaf UNION ALL SELECT indexrelid FROM pg_index WHERE indrelid IN (SELECT relid FROM leaf))
"""
_TELL = "SELECT pg_restore_relation_stats('schemaname', $1::text, 'relname', $2::text, 'relpages', $3::integer, 'reltuples', $4::real)"


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its columns that take values, with their types."""

    schema: str
    name: str
    columns: Mapping[str, str]

    @property
    def is_tenant(self) -> bool:
        """Whether its rows belong to workspaces."""
        return "workspace_id" in self.columns

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


async def tables(owner: asyncpg.Connection) -> list[Table]:
    """All tables of all services but Alembic's; of a partitioned one only the whole."""
    rows = await owner.fetch(
        """
        SELECT n.nspname AS schema, c.relname AS name, json_object_agg(a.attname, i.data_type)::text AS columns
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        JOIN information_schema.columns i ON i.table_schema = n.nspname AND i.table_name = c.relname AND i.column_name = a.attname
        WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'alembic_version'
        GROUP BY 1, 2 ORDER BY 1, 2
        """,
        list(SERVICES),
    )
    return [Table(row["schema"], row["name"], json.loads(row["columns"])) for row in rows]


async def fill(owner: asyncpg.Connection, table: Table, *, rows: int) -> None:
    """Insert rows numbered from 1, as many as told or as the table has in life if it is a small one.

    The owner must have switched foreign keys off.
    """
    rows = min(rows, SMALL.get(table.name, rows))
    columns = ", ".join(table.columns)
    values = ", ".join(_value(table, column, type_) for column, type_ in table.columns.items())
    # An index made at the end costs a third of one that grows with every row.
    indexes = await owner.fetch(_INDEXES, table.schema, table.name)
    for index in indexes:
        await owner.execute(f"DROP INDEX {table.schema}.{index['name']}")
    insert = f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {values} FROM generate_series(1::bigint, {rows}) AS n"
    await owner.execute(insert, timeout=FILL_SECONDS)
    for index in indexes:
        await owner.execute(index["definition"], timeout=FILL_SECONDS)


async def enlarge(owner: asyncpg.Connection, table: Table, *, times: int, data: Path) -> None:
    """Make the planner see so many times the rows: it takes the rows of a page from the statistics, and the pages from the file.

    Each file grows by a hole, which takes no room. The table must have been analysed; nobody may write to it afterwards.
    """
    for file in await owner.fetch(_FILES, str(table)):
        if file["holds_rows"]:
            await owner.execute(f"ALTER TABLE {file['schema']}.{file['name']} SET (autovacuum_enabled = off)")
        path = data / file["path"]
        await asyncio.to_thread(os.truncate, path, path.stat().st_size * times)
        await owner.fetchval(_TELL, file["schema"], file["name"], file["pages"] * times, file["rows"] * times)


def _value(table: Table, column: str, type_: str) -> str:
    return SHARES.get((table.name, column)) or (BY_NAME.get(column) if type_ in {"uuid", "text"} else None) or BY_TYPE[type_]
