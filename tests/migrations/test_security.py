"""The database's own fence between workspaces: row-level security on every tenant table, and roles that can do no more than declared."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from migrations import SERVICES
from migrations.apply import LENDERS, ROLES
from services.kit.settings import role_url
from tests.databases import Databases
from tests.migrations.filling import FUNCTIONS, WORKSPACES, Table, fill, tables
from tests.migrations.statements import all_statements

ROWS_A_WORKSPACE = 5
OURS = UUID(int=1)
OTHER = UUID(int=2)
# Tables of no workspace, and why.
SHARED: Mapping[str, str] = {
    "identity.sign_in_attempt": "counted before anybody is known to be of a workspace; keys are hashes",
    "identity.signing_key": "the deployment's own, sealed",
}
# What is written there stays: not even its own workspace's rows can be changed.
APPEND_ONLY = {"identity.audit_entry"}
# What the roles may do beyond rows of the transaction's workspace; a letter a privilege: Select, Insert, Update, Delete.
OF_THE_INTAKE = {"engagement.journal": "I", "engagement.journal_body": "I"}
OF_THE_WORKER = {
    **{f"{service}.{table}": "SIUD" for service in SERVICES for table in ("outbox", "processed", "dead_letter", "idempotency")},
    **dict.fromkeys(("engagement.channel", "engagement.journal", "engagement.journal_body"), "SIUD"),
    **dict.fromkeys(("identity.sign_in_attempt", "identity.signing_key"), "SIUD"),
    **dict.fromkeys(
        ("identity.session", "identity.refresh_token", "identity.import_piece", "identity.person_export", "identity.webhook_delivery"), "SD"
    ),
    **dict.fromkeys(("identity.workspace", "identity.import", "identity.suggesting_due"), "S"),
    **dict.fromkeys(("engagement.search_pending", "engagement.media"), "S"),
}
# Of these it may read the columns that say where something is due; what was said is not among them.
COLUMNS_OF_THE_WORKER = {
    "engagement.channel_authorization": {"workspace_id", "expires_at"},
    "engagement.completion": {"workspace_id", "due_at", "held_until", "lease_until"},
    "engagement.channel_cursor": {"workspace_id", "channel_id", "nudged_at"},
    "engagement.conversation": {"workspace_id", "status", "snoozed_until"},
    "engagement.credential_refresh": {"workspace_id", "channel_id", "due_at", "lease_until"},
    "engagement.interaction": {"workspace_id", "id", "ledger", "due_at"},
    "engagement.job": {"workspace_id", "finished_at", "lease_until"},
    "engagement.journal_gap": {"workspace_id", "channel_id", "first", "last", "noticed_at", "filled_at"},
    "engagement.ledger_sum": {"workspace_id"},
    "engagement.notification": {"workspace_id", "changed_at"},
    "engagement.notification_delivery": {"workspace_id", "due_at", "lease_until"},
    "engagement.projection": {"workspace_id", "name"},
    "engagement.promise": {"workspace_id", "state", "told", "due_at"},
    "engagement.rating": {"workspace_id", "state", "due_at"},
    "engagement.webhook_subscription": {"workspace_id", "channel_id", "due_at", "lease_until"},
    "engagement.reconciliation": {"workspace_id", "channel_id", "due_at", "lease_until", "checked_sequence"},
    "engagement.reminder": {"workspace_id", "kind", "subject_id", "due_at"},
    "engagement.reply": {"workspace_id", "state", "due_at", "lease_until", "doubted_at", "change_due_at"},
    **{f"{service}.erasing": {"workspace_id", "id", "due_at"} for service in SERVICES},
    **{f"{service}.retention_step": {"workspace_id", "step", "due_at"} for service in SERVICES},
    "engagement.send_bucket": {"workspace_id", "spent_until"},
    "routing.assignment_setting": {"workspace_id", "pushes"},
    "routing.task": {"workspace_id", "wakes_at", "completed_at", "contact_by"},
    "routing.resolution": {"workspace_id", "wakes_at"},
    "routing.cadence": {"workspace_id", "wakes_at"},
}
_HELD = """
SELECT coalesce(string_agg(letter, '' ORDER BY position), '')
FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS p (letter, privilege, position)
WHERE has_table_privilege($1::text, $2::oid, privilege)
"""
PRIVILEGES = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE", "T": "TRUNCATE", "R": "REFERENCES", "G": "TRIGGER"}


@pytest.fixture(scope="module")
async def database(databases: Databases) -> AsyncIterator[str]:
    """The owner's address of a database in which every table holds rows of many workspaces."""
    name = await databases.take()
    owner = await asyncpg.connect(databases.url(name), timeout=10, server_settings={"session_replication_role": "replica"})
    try:
        await owner.execute(FUNCTIONS)
        for table in await tables(owner):
            await fill(owner, table, rows=WORKSPACES * ROWS_A_WORKSPACE)
        yield databases.url(name)
    finally:
        await owner.close()
        await databases.give_back(name)


@pytest.fixture
async def owner(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database, timeout=10)
    yield connection
    await connection.close()


async def test_every_tenant_table_has_forced_security(owner: asyncpg.Connection) -> None:
    found = await tables(owner)
    assert {str(table) for table in found if not table.is_tenant} == SHARED.keys()
    assert len(found) > 30
    for table in found:
        if table.is_tenant:
            flags = await owner.fetchrow(
                "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = $1::text::regclass", str(table)
            )
            assert tuple(flags) == (True, True), table


async def test_keys_of_tenant_tables_begin_with_the_workspace(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        """
        SELECT c.conrelid::regclass::text AS table, c.conname, a.attname FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype IN ('p', 'u', 'f') AND c.connamespace = ANY($1::text[]::regnamespace[]) AND c.conparentid = 0
        """,
        list(SERVICES),
    )
    tenants = {str(table) for table in await tables(owner) if table.is_tenant}
    strangers = {row["conname"] for row in rows if row["table"] in tenants and row["attname"] != "workspace_id"}
    assert strangers <= {"workspace_slug_key"}


@pytest.mark.parametrize("service", SERVICES)
async def test_role_app_meets_only_its_workspace_whatever_it_asks(
    database: str, secret_key: str, owner: asyncpg.Connection, service: str
) -> None:
    async with as_role(database, secret_key, service=service, role="app") as app:
        for table in await tables(owner):
            if table.schema == service and table.is_tenant:
                await try_without_where(app, table, owner=owner)


async def try_without_where(app: asyncpg.Connection, table: Table, *, owner: asyncpg.Connection) -> None:
    """Read, change, move, add and remove rows as if there were no other workspace; then as if there were none at all."""
    whole = await owner.fetchval(f"SELECT count(*) FROM {table}")
    ours = await owner.fetchval(f"SELECT count(*) FROM {table} WHERE workspace_id = $1", OURS)
    assert 0 < ours < whole, table
    rest = [name for name in table.columns if name != "workspace_id"]
    text = next((name for name in rest if table.columns[name] == "text"), rest[0])
    copy = f"INSERT INTO {table} (workspace_id, {', '.join(rest)}) OVERRIDING SYSTEM VALUE SELECT '{OTHER}', {', '.join(rest)} FROM {table}"
    for workspace, visible in ((str(OURS), ours), ("", 0)):
        async with undone(app):
            await app.execute(f"SET LOCAL app.workspace = '{workspace}'")
            assert await app.fetchval(f"SELECT count(*) FROM {table}") == visible, table
            if str(table) in APPEND_ONLY:
                await refused(app, f"UPDATE {table} SET {text} = {text}")
                await refused(app, f"DELETE FROM {table}")
                continue
            assert await app.execute(f"UPDATE {table} SET {text} = {text}") == f"UPDATE {visible}", table
            if visible:
                await refused(app, f"UPDATE {table} SET workspace_id = '{OTHER}'")
                await refused(app, copy)
            removed = await outcome(app, f"DELETE FROM {table}")
            assert removed in {f"DELETE {visible}", "ForeignKeyViolationError"}, table
    assert await owner.fetchval(f"SELECT count(*) FROM {table}") == whole


async def test_statements_without_their_condition_still_meet_only_their_workspace(database: str, secret_key: str) -> None:
    stripped = {each: without_condition(each.sql) for each in await asyncio.to_thread(all_statements) if each.role == "app"}
    told_apart = 0
    for service in SERVICES:
        async with as_role(database, secret_key, service=service, role="app") as app, as_owner(database, service=service) as owner:
            for statement, mutant in stripped.items():
                if statement.service != service or mutant == statement.sql:
                    continue
                for text in (None, "t41"):
                    fenced = await answer(app, mutant, text=text)
                    assert fenced == await answer(app, statement.sql, text=text), f"{statement} meets another workspace\n{mutant}"
                    told_apart += fenced != await answer(owner, mutant, text=text)
    # Without the fence the same statements do meet others' rows: the arguments name them.
    assert told_apart > 60


async def test_intake_can_insert_into_the_journal_and_nothing_else(database: str, secret_key: str) -> None:
    columns = {
        "journal": ("key, id, day, received_at", "'\\x01', gen_random_uuid(), current_date, now()", "channel_id"),
        "journal_body": ("day, headers, body", "current_date, '', ''", "journal_id"),
    }
    async with as_role(database, secret_key, service="engagement", role="intake") as intake, undone(intake):
        for table, (names, values, other) in columns.items():
            insert = f"INSERT INTO {table} (workspace_id, {other}, {names}) VALUES (gen_random_uuid(), gen_random_uuid(), {values})"
            assert await intake.execute(insert) == "INSERT 0 1"
            assert await intake.execute(f"{insert} ON CONFLICT DO NOTHING") == "INSERT 0 1"
            await refused(intake, f"{insert} RETURNING day")
            await refused(intake, f"{insert} ON CONFLICT ON CONSTRAINT {table}_pkey DO NOTHING")
            for forbidden in (f"SELECT FROM {table}", f"UPDATE {table} SET day = day", f"DELETE FROM {table}", f"TRUNCATE {table}"):
                await refused(intake, forbidden)


async def test_roles_can_do_no_more_than_declared(owner: asyncpg.Connection) -> None:
    relations = await owner.fetch(
        """
        SELECT c.oid, n.nspname || '.' || c.relname AS name, n.nspname AS schema, c.relispartition FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        """,
        list(SERVICES),
    )
    unlike: list[tuple[str, str, str]] = []
    for name in (f"{service}_{role}" for service in SERVICES for role in ROLES):
        for relation in relations:
            held = await owner.fetchval(_HELD, name, relation["oid"], list(PRIVILEGES), list(PRIVILEGES.values()))
            if held != expected_privileges(*name.split("_"), relation["name"], partition=relation["relispartition"]):
                unlike.append((name, relation["name"], held))
    assert unlike == []


async def test_the_worker_may_read_single_columns_where_something_falls_due(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        """
        SELECT a.grantee::regrole::text AS role, n.nspname || '.' || c.relname AS name, a.privilege_type AS privilege, t.attname AS column
        FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL aclexplode(t.attacl) a WHERE n.nspname = ANY($1)
        """,
        list(SERVICES),
    )
    assert {(row["role"], row["privilege"]) for row in rows} == {(f"{service}_worker", "SELECT") for service in SERVICES}
    held: dict[str, set[str]] = {}
    for row in rows:
        held.setdefault(row["name"], set()).add(row["column"])
    assert held == COLUMNS_OF_THE_WORKER


async def test_roles_are_ordinary(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        """
        SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication AS mighty,
            EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid) AS stands_for_another,
            EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid) AS owns,
            (SELECT count(*) FROM unnest($1::text[]) AS s WHERE has_schema_privilege(r.oid, s, 'USAGE')) AS schemas,
            (SELECT count(*) FROM unnest($1::text[] || 'public'::text) AS s WHERE has_schema_privilege(r.oid, s, 'CREATE')) AS may_create
        FROM pg_roles r WHERE rolname ~ '^(identity|engagement|routing)_'
        """,
        list(SERVICES),
    )
    assert {tuple(row.values()) for row in rows} == {
        (name, False, False, False, 1, 0)
        for service in SERVICES
        for name in (*(f"{service}_{role}" for role in ROLES), *LENDERS.get(service, ()))
    }


async def test_lenders_may_read_and_nothing_else_and_nobody_is_one(owner: asyncpg.Connection) -> None:
    for service, lenders in LENDERS.items():
        for lender in lenders:
            role = await owner.fetchrow(
                "SELECT rolcanlogin, EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = r.oid) FROM pg_roles r WHERE rolname = $1",
                lender,
            )
            assert tuple(role) == (False, False)
            relations = await owner.fetch("SELECT oid FROM pg_class WHERE relnamespace = $1::text::regnamespace AND relkind = 'r'", service)
            held = {await owner.fetchval(_HELD, lender, each["oid"], list(PRIVILEGES), list(PRIVILEGES.values())) for each in relations}
            assert held == {"", "S"}


async def test_functions_that_run_as_another_are_the_workers_or_lent_to_app(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        """
        SELECT p.oid::regprocedure::text AS name, n.nspname AS schema, p.proowner::regrole::text AS owner,
            ARRAY(SELECT r.rolname::text FROM pg_roles r WHERE has_function_privilege(r.oid, p.oid, 'EXECUTE') AND NOT r.rolsuper
                  AND r.rolname ~ '^(identity|engagement|routing)_' ORDER BY 1) AS callers
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prosecdef AND n.nspname = ANY($1)
        """,
        list(SERVICES),
    )
    assert rows
    for row in rows:
        lent = row["owner"] in LENDERS.get(row["schema"], ())
        callers = {row["owner"], f"{row['schema']}_app"} if lent else {f"{row['schema']}_worker"}
        assert set(row["callers"]) == callers, dict(row)


def expected_privileges(service: str, role: str, relation: str, *, partition: bool) -> str:
    """The letters of what a role may do with a relation."""
    if partition or not relation.startswith(f"{service}.") or relation.endswith(".alembic_version"):
        return ""
    declared = {"intake": OF_THE_INTAKE, "worker": OF_THE_WORKER}
    if role in declared:
        return declared[role].get(relation, "")
    if relation in APPEND_ONLY:
        return "SI"
    return "" if relation in SHARED else "SIUD"


def without_condition(sql: str) -> str:
    """The statement as somebody would write it who forgot the workspace."""
    forgotten = re.sub(r"(\w+\.)?workspace_id = \$1\b", "$1::uuid IS NOT NULL", sql)
    return re.sub(r"\w+\.workspace_id = \w+\.workspace_id", "true", forgotten)


async def answer(connection: asyncpg.Connection, sql: str, *, text: str | None) -> Any:
    """What a statement gives and does in our workspace, with arguments that name rows of every workspace; then it is undone."""
    async with undone(connection):
        await connection.execute(f"SET LOCAL app.workspace = '{OURS}'")
        try:
            prepared = await connection.prepare(sql)
            values = [OURS, *(value_of(each, text=text) for each in prepared.get_parameters()[1:])]
            rows = await prepared.fetch(*values)
        except asyncpg.PostgresError as error:
            return type(error).__name__
        return sorted(map(repr, rows)), prepared.get_statusmsg()


def value_of(parameter: asyncpg.Type, *, text: str | None) -> Any:
    """An argument by its type: a single id is another workspace's, a list has all ids there are."""
    numbers = range(1, WORKSPACES * ROWS_A_WORKSPACE + 1)
    if parameter.kind == "array":
        return [one_of(parameter.name.rstrip("[]"), number, text=f"t{number}") for number in numbers]
    return one_of(parameter.name, 41, text=text)


def one_of(type_name: str, number: int, *, text: str | None) -> Any:
    """The value that a row of this number has, or a bound that lets it through."""
    plain: dict[str, Any] = {
        "uuid": UUID(f"00000000-0000-7000-8000-{number:012x}"),
        "text": text,
        "varchar": text,
        "bytea": hashlib.sha256(str(number).encode()).digest(),
        "timestamptz": datetime(2100, 1, 1, tzinfo=UTC),
        "date": date(2100, 1, 1),
        "interval": timedelta(days=1),
        "bool": True,
        "int2": 1,
        "int4": 1000,
        "int8": 1000,
        "float4": 0.5,
        "float8": 0.5,
        "jsonb": "{}",
    }
    return plain[type_name]


@asynccontextmanager
async def as_role(database: str, secret_key: str, *, service: str, role: Any) -> AsyncIterator[asyncpg.Connection]:
    """A connection of one of the service's roles."""
    connection = await asyncpg.connect(role_url(database, secret_key=secret_key, service=service, role=role), timeout=10)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def as_owner(database: str, *, service: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that no fence holds."""
    connection = await asyncpg.connect(database, timeout=10, server_settings={"search_path": service})
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def undone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A transaction that leaves nothing."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


async def outcome(connection: asyncpg.Connection, sql: str) -> str:
    """What a statement did, or the error's name; the transaction goes on as before it."""
    async with undone(connection):
        try:
            return await connection.execute(sql)
        except asyncpg.PostgresError as error:
            return type(error).__name__


async def refused(connection: asyncpg.Connection, sql: str) -> None:
    """The statement is refused for want of a privilege, or by the fence."""
    assert await outcome(connection, sql) == "InsufficientPrivilegeError", sql
