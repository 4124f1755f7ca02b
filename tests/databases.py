"""Migrated, empty databases for tests: made from a template, and handed on emptied as long as a test changed nothing but rows.

Called by tests/conftest.py. A database whose tables, functions, rights or settings were changed, or that has grown, is dropped.
"""

import secrets
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from migrations import SERVICES
from migrations.apply import migrate
from rapport.postgres import EmbeddedPostgres

TEMPLATE = "rapport_template"
CONNECT_SECONDS = 10
LARGEST_BYTES = 24 * 1024 * 1024
# Who made each thing, summed up: it is another text as soon as anything is made, changed or gone. Statistics do not count.
_SHAPE = """
SELECT ARRAY[
    (SELECT sum(xmin::text::bigint) FROM pg_class), (SELECT sum(xmin::text::bigint) FROM pg_attribute),
    (SELECT sum(xmin::text::bigint) FROM pg_constraint), (SELECT sum(xmin::text::bigint) FROM pg_trigger),
    (SELECT sum(xmin::text::bigint) FROM pg_policy), (SELECT sum(xmin::text::bigint) FROM pg_proc),
    (SELECT count(*) FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))
]::text
"""
# Services make an outbox's days as their clocks say; whatever partition the template does not have may go again.
_PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE relkind = 'r'"
_END_SESSIONS = """
SELECT bool_and(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# Foreign keys and triggers sleep meanwhile. What has no bytes was never written to; most tables are such.
_EMPTY = f"""
DO $$
DECLARE
    written regclass;
    counted regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR written IN
        SELECT oid FROM pg_class WHERE relkind = 'r' AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
            AND relnamespace = ANY(ARRAY[{", ".join(f"'{service}'" for service in SERVICES)}]::regnamespace[])
    LOOP
        EXECUTE format('DELETE FROM %s', written);
    END LOOP;
    FOR counted IN SELECT oid FROM pg_class WHERE relkind = 'S' LOOP
        PERFORM setval(counted, 1, false);
    END LOOP;
END $$
"""


class Databases:
    """The databases of one server. `prepare` comes first."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self._spare: list[str] = []
        self._shape = ""
        self._partitions: set[str] = set()

    async def prepare(self, *, secret_key: str) -> None:
        """Make the template: all services' schemas, migrated."""
        await self._as_admin(f"CREATE DATABASE {TEMPLATE}")
        for service in SERVICES:
            if any((Path(__file__).parent.parent / "migrations" / service / "versions").glob("*.py")):
                await migrate(service, owner_url=self.url(TEMPLATE), secret_key=secret_key)
        template = await asyncpg.connect(self.url(TEMPLATE), timeout=CONNECT_SECONDS)
        try:
            self._shape = await template.fetchval(_SHAPE)
            self._partitions = await _partitions(template)
        finally:
            await template.close()

    def url(self, name: str) -> str:
        """The owner's address of a database."""
        parts = urlsplit(self._server.url(database="postgres"))
        return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))

    async def take(self) -> str:
        """The name of an empty database that nobody else has."""
        if self._spare:
            return self._spare.pop()
        name = f"test_{secrets.token_hex(6)}"
        # Files are copied: the default writes every page to the log besides, which takes three times as long.
        await self._as_admin(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        return name

    async def give_back(self, name: str) -> None:
        """End whatever still works there; empty the database for the next, or drop it."""
        if await self._emptied(name):
            self._spare.append(name)
        else:
            await self._as_admin(f"DROP DATABASE {name} WITH (FORCE)")

    async def _emptied(self, name: str) -> bool:
        owner = await asyncpg.connect(self.url(name), timeout=CONNECT_SECONDS)
        try:
            if await owner.fetchval(_END_SESSIONS) is False:
                return False
            for partition in await _partitions(owner) - self._partitions:
                await owner.execute(f"DROP TABLE {partition}")
            if await owner.fetchval(_SHAPE) != self._shape:
                return False
            await owner.execute(_EMPTY)
            return int(await owner.fetchval("SELECT pg_database_size(current_database())")) < LARGEST_BYTES
        finally:
            await owner.close()

    async def _as_admin(self, command: str) -> None:
        admin = await asyncpg.connect(self.url("postgres"), timeout=CONNECT_SECONDS)
        try:
            await admin.execute(command)
        finally:
            await admin.close()


async def _partitions(connection: "asyncpg.Connection[asyncpg.Record]") -> set[str]:
    return {row[0] for row in await connection.fetch(_PARTITIONS)}
