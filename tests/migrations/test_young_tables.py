"""Before anybody has analysed a table, the statements of the ordinary path look its rows up by their keys and read none through."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from typing import Any

import asyncpg

from migrations.estimates import WORKSPACES
from services.engagement.statements import history, inbox, journal, search
from services.kit import relay
from services.kit.settings import role_url
from tests.migrations.statements import Statement, heard_from
from tests.migrations.test_plans import POLICY, plan_of

ORDINARY = (
    history.advance_conversations,
    history.insert_interactions,
    history.locked_conversations,
    history.settle_owed,
    history.stamp,
    inbox.keep_tasks,
    journal.settle_items,
    journal.waiting_items,
    search.take_pending,
    search.write_documents,
)
_UNTOLD = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
LEFT JOIN pg_stats s ON s.schemaname = c.relnamespace::regnamespace::text AND s.tablename = c.relname AND s.attname = a.attname
WHERE c.relnamespace = ANY (ARRAY['identity', 'engagement', 'routing']::regnamespace[]) AND c.relkind IN ('r', 'p')
  AND (a.attstattarget IS DISTINCT FROM 0 OR s.n_distinct IS DISTINCT FROM $1::real)
"""
_FORGET = """
SELECT pg_clear_relation_stats(relnamespace::regnamespace::text, relname) FROM pg_class
WHERE relnamespace = 'engagement'::regnamespace AND relkind IN ('r', 'p')
"""

# A vacuum that finds a table empty says so, and then nobody has forgotten it: the server's own must not come between.
_VACUUM = """
DO $$ DECLARE each record; BEGIN
    FOR each IN SELECT oid::regclass AS name FROM pg_class WHERE relnamespace = 'engagement'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('ALTER TABLE %s {change} (autovacuum_enabled{value})', each.name);
    END LOOP;
END $$
"""


async def test_the_planner_is_told_of_every_tables_workspaces_and_keeps_to_it(database_url: str, secret_key: str) -> None:
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        await owner.execute("SELECT identity.make_partitions('outbox', '2099-01-01', 1)")
        await owner.execute(_VACUUM.format(change="SET", value=" = false"))
        await owner.execute("ANALYZE")
        assert [row[0] for row in await owner.fetch(_UNTOLD, WORKSPACES)] == []
        await owner.execute(_FORGET)
    finally:
        await owner.close()
    offenders = []
    ordinary = await asyncio.to_thread(_ordinary)
    for role, statements in (("app", ordinary), ("worker", [Statement("engagement", "_PUBLISHED", "worker", relay._PUBLISHED)])):
        url = role_url(database_url, secret_key=secret_key, service="engagement", role=role)
        connection = await asyncpg.connect(url, timeout=10, server_settings={"plan_cache_mode": "force_generic_plan"})
        try:
            for each in statements:
                offenders += [f"{each} reads {what} through" for what in _read_through(await plan_of(connection, each))]
        finally:
            await connection.close()
    owner = await asyncpg.connect(database_url, timeout=10)
    await owner.execute(_VACUUM.format(change="RESET", value=""))
    await owner.close()
    assert offenders == []


def _ordinary() -> list[Statement]:
    return [Statement("engagement", each.__name__, "app", sql) for each in ORDINARY for sql in heard_from(each)]


def _kinds(node: Mapping[str, Any]) -> set[str]:
    return {node["Node Type"]}.union(*(_kinds(child) for child in node.get("Plans", [])))


def _read_through(node: Mapping[str, Any]) -> Iterator[str]:
    """The tables of which a plan reads all, or all of a workspace; what a LIMIT ends early does not count, what is sorted before does."""
    if node["Node Type"] == "Limit" and "Sort" not in _kinds(node):
        return
    named = set(re.findall(r"\b\w+(?= [=<>])", node.get("Index Cond", "").replace(POLICY, "")))
    if node["Node Type"] == "Seq Scan" or ("Index Cond" in node and named <= {"workspace_id"}):
        yield str(node.get("Relation Name") or node.get("Index Name"))
    for child in node.get("Plans", []):
        yield from _read_through(child)
