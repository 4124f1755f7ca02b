"""A data folder as `rapport up` leaves it while it runs: PostgreSQL with migrated schemas, and the secret key beside it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pytest
from typer.testing import CliRunner

from migrations import SERVICES
from migrations.apply import migrate
from rapport.cli import app
from rapport.folders import write_private
from rapport.postgres import EmbeddedPostgres
from tests.conftest import SECRET_KEY

T = TypeVar("T")
SLUG, ADMIN = "acme", "ruth@acme.example"


@dataclass(frozen=True)
class Ran:
    """What a command did: its exit code, what it printed, what it complained about."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Operator:
    """A person at a terminal, in front of a running deployment."""

    folder: Path
    server: EmbeddedPostgres

    def run(self, *arguments: str, data: bool = True, text: str = "", **env: str | None) -> Ran:
        """Call `rapport`; with the data folder, unless told otherwise."""
        place = ("--data", str(self.folder)) if data else ()
        clean = {"DATABASE_URL": None, "RAPPORT_SECRET_KEY": None, "RAPPORT_DATA": None, "RAPPORT_WORKSPACE": SLUG, "COLUMNS": "250"}
        result = CliRunner().invoke(app, [*arguments, *place], input=text, env={**clean, **env})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """The JSON lines of a command that must succeed."""
        ran = self.run(*arguments, "--json")
        assert ran.code == 0, ran.err
        return ran.rows

    def sql(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """What the database itself says, beyond every policy."""

        async def ask(connection: asyncpg.Connection) -> list[asyncpg.Record]:
            return await connection.fetch(statement, *values)

        return asyncio.run(_with_connection(self.server.url(), ask))


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """One deployment with one workspace and its administrator, for all tests of a module."""
    folder = tmp_path_factory.mktemp("deployment")
    server = EmbeddedPostgres(folder / "postgres", durable=False)
    asyncio.run(_start(server))
    write_private(folder / "secret-key", SECRET_KEY)
    found = Operator(folder, server)
    made = found.run("workspaces", "create", SLUG, "Acme", "--admin", ADMIN)
    assert made.code == 0, made.err
    yield found
    asyncio.run(server.stop())


async def _start(server: EmbeddedPostgres) -> None:
    await server.start()
    for service in SERVICES:
        await migrate(service, owner_url=server.url(), secret_key=SECRET_KEY)


async def _with_connection(url: str, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await work(connection)
    finally:
        await connection.close(timeout=10)
