"""No statement of any service reads a large table, or a workspace's part of it, from end to end.

Each is planned as the role that runs it, on filled tables, whatever the values.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from migrations import SERVICES
from services.kit.settings import role_url
from tests.databases import Databases
from tests.migrations.filling import FILL_SECONDS, FUNCTIONS, SMALL, WORKSPACES, enlarge, fill, tables
from tests.migrations.statements import Statement, all_statements, functions_of, heard_from

pytestmark = [pytest.mark.timeout(240)]

ROWS = 200_000
# Of so many rows one is written; the planner is told of all of them, and chooses as it does where all are.
SAMPLED = 10
# The tables that grow without end; the others are filled with a fifth of it.
LARGEST = {
    "contact",
    "conversation",
    "interaction",
    "journal",
    "membership",
    "profile",
    "profile_contact",
    "profile_identifier",
    "reply",
    "task",
    "task_interaction",
    "triage_result",
}
FILLING = {"session_replication_role": "replica", "synchronous_commit": "off", "maintenance_work_mem": "256MB"}
POLICY = "(NULLIF(current_setting('app.workspace'::text, true), ''::text))::uuid"
WORKSPACE = "00000000-0000-0000-0000-000000000001"
# Statements that may read all of a table, and why.
WHOLE: Mapping[str, str] = {
    "identity.credentials.swept_tokens": "deletes what has expired, hourly, of all workspaces: most of what it meets goes",
    "identity.credentials.swept_sessions": "as swept_tokens",
    "identity.credentials.swept_tries": "as swept_tokens",
    "identity.person_exports.removed_exports": "exports of a workspace last a day, and are asked for one by one",
    "identity.retention.held_profiles": "all holds of a workspace are wanted; they are few, and one by one set by hand",
    "identity.retention.open_erasures": "a row for each erasure of a workspace, counted once a day or while people are erased by a rule",
    "engagement.kit.relay._AGAIN": "publishes whole days again after the broker lost its store",
}


@pytest.fixture(scope="module")
async def filled(databases: Databases, server_folder: Path) -> AsyncIterator[str]:
    """The owner's address of a database of its own, filled and analysed."""
    name = await databases.take()
    url = databases.url(name)
    owner = await asyncpg.connect(url, timeout=10, server_settings=FILLING)
    try:
        await owner.execute(FUNCTIONS)
        every = await tables(owner)
        for table in every:
            rows = ROWS if table.name in LARGEST else ROWS // 5
            await fill(owner, table, rows=SMALL.get(table.name, rows // SAMPLED))
        await owner.execute("ANALYZE", timeout=FILL_SECONDS)
        for table in (each for each in every if each.name not in SMALL):
            await enlarge(owner, table, times=SAMPLED, data=server_folder / "postgres" / "data")
        yield url
    finally:
        await owner.close()
        await databases.give_back(name)


async def test_every_statement_is_heard() -> None:
    def unheard() -> list[str]:
        functions = [function for service in SERVICES for function in functions_of(service)]
        return [f"{function.__module__}.{function.__name__}" for function in functions if not heard_from(function)]

    assert await asyncio.to_thread(unheard) == []


async def test_no_statement_reads_a_large_table_from_end_to_end(filled: str, secret_key: str) -> None:
    statements = await asyncio.to_thread(all_statements)
    assert len(statements) > 100
    large = await _large(filled)
    offenders: list[str] = []
    for service, role in sorted({(each.service, each.role) for each in statements}):
        url = role_url(filled, secret_key=secret_key, service=service, role=role)
        connection = await asyncpg.connect(url, timeout=10, server_settings={"plan_cache_mode": "force_generic_plan", "jit": "off"})
        try:
            for each in statements:
                if (each.service, each.role) == (service, role) and str(each) not in WHOLE:
                    plan = await plan_of(connection, each)
                    read = {*large.intersection(_scanned(plan)), *_workspaces_read(plan)}
                    offenders += [f"{each} reads all of {relation}\n{each.sql}" for relation in sorted(read)]
        finally:
            await connection.close()
    assert not offenders, "\n\n".join(offenders)


async def plan_of(connection: asyncpg.Connection, statement: Statement) -> Mapping[str, Any]:
    """The plan that the server makes for the statement with whatever values."""
    async with connection.transaction():
        await connection.execute(f"SET LOCAL app.workspace = '{WORKSPACE}'")
        await connection.execute(f"PREPARE tried AS {statement.sql}")
        count = await connection.fetchval("SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'tried'")
        arguments = f"({', '.join(['NULL'] * count)})" if count else ""
        text = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE tried{arguments}")
        await connection.execute("DEALLOCATE tried")
    plan: Mapping[str, Any] = orjson.loads(text)[0]["Plan"]
    return plan


def _scanned(node: Mapping[str, Any]) -> Iterator[str]:
    """The tables, and partitions, that a plan reads from end to end."""
    if node["Node Type"] == "Seq Scan":
        yield str(node["Relation Name"])
    for child in node.get("Plans", []):
        yield from _scanned(child)


def _workspaces_read(node: Mapping[str, Any]) -> Iterator[str]:
    """The indexes by which a plan reads most of a workspace's rows; what a LIMIT ends early does not count."""
    if node["Node Type"] == "Limit":
        return
    condition = node.get("Index Cond", "").replace(POLICY, "")
    by_workspace_alone = bool(condition) and set(re.findall(r"\b\w+(?= [=<>])", condition)) <= {"workspace_id"}
    if by_workspace_alone and node["Plan Rows"] > ROWS / 5 / WORKSPACES / 2:
        yield f"a workspace by {node['Index Name']}"
    for child in node.get("Plans", []):
        yield from _workspaces_read(child)


async def _large(url: str) -> set[str]:
    """The tables and partitions that hold much."""
    owner = await asyncpg.connect(url, timeout=10)
    try:
        rows = await owner.fetch("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= $1", ROWS // 5)
    finally:
        await owner.close()
    found = {row["relname"] for row in rows}
    assert found > LARGEST
    return found
