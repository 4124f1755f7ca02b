"""`rapport restore`: a backup into an empty deployment that does not run. Called by the command line.

Refuses before anything is changed; what fails later leaves a deployment that is empty still.
"""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from migrations import SERVICES
from migrations.apply import migrate, prepare_roles
from rapport.commands.archive import ArchiveError, Dump, Program, extract, key_mark, read_manifest
from rapport.commands.backing_up import count_rows
from rapport.folders import write_private
from rapport.postgres import EmbeddedPostgres

_CONNECT_SECONDS = 10.0
_STATEMENT_SECONDS = 60.0


async def restore(file: Path, *, data: Path, database_urls: Mapping[str, str], secret_key: str | None) -> dict[str, int]:
    """Fill the databases named, else those of an embedded server in `data`; gives how many rows the main tables have.

    Raises ArchiveError, RunningError (the folder is in use), OSError.
    """
    manifest = read_manifest(file)
    secret = _fitting_key(secret_key, data=data, mark=manifest.key_mark)
    async with _databases(data, database_urls=database_urls) as urls:
        for service in SERVICES:
            await _refuse_used(urls[service], service=service)
        filled = [table for table, rows in (await count_rows(urls)).items() if rows]
        if filled:
            raise ArchiveError(
                f"The deployment is not empty ({', '.join(filled)}): restore into a new folder or a new database,"
                " so that nothing is overwritten."
            )
        for service in SERVICES:
            await _clear(urls[service], service=service)
        for dump in manifest.dumps:
            await _fill(dump, file=file, urls=urls, secret_key=secret)
        for service in SERVICES:
            await migrate(service, owner_url=urls[service], secret_key=secret)
        if not database_urls:
            _keep_key(data, secret)
        return await count_rows(urls)


def _fitting_key(given: str | None, *, data: Path, mark: str) -> str:
    """The key with which the backed-up deployment ran. Raises ArchiveError where there is none, or another one."""
    file = data / "secret-key"
    key = given or (file.read_text().strip() if file.exists() else None)
    if key is None:
        raise ArchiveError(
            "The secret key of the deployment that was backed up is needed: set RAPPORT_SECRET_KEY,"
            f" or copy its file secret-key into {data.absolute()}."
        )
    if key_mark(key) != mark:
        raise ArchiveError(
            "The secret key is not the one of the deployment that was backed up; its credentials and profile ids"
            f" would be lost. Set RAPPORT_SECRET_KEY to that key, or copy its file secret-key into {data.absolute()}."
        )
    return key


@asynccontextmanager
async def _databases(data: Path, *, database_urls: Mapping[str, str]) -> AsyncIterator[Mapping[str, str]]:
    if database_urls:
        yield database_urls
        return
    server = EmbeddedPostgres(data / "postgres")
    await server.start()
    try:
        yield dict.fromkeys(SERVICES, server.url())
    finally:
        await server.stop()


async def _refuse_used(url: str, *, service: str) -> None:
    """Raise ArchiveError where a deployment runs on the database."""
    connection = await asyncpg.connect(url, timeout=_CONNECT_SECONDS)
    try:
        running = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename ~ $1"
        if await connection.fetchval(running, f"^{service}_(app|worker|intake)$", timeout=_STATEMENT_SECONDS):
            raise ArchiveError(f"Rapport runs on this database ({service} is connected). Stop it first, then restore.")
    finally:
        await connection.close(timeout=_CONNECT_SECONDS)


async def _clear(url: str, *, service: str) -> None:
    """Drop a schema in which nothing is, so that the backup's takes its place, of whatever release it is."""
    connection = await asyncpg.connect(url, timeout=_CONNECT_SECONDS)
    try:
        await connection.execute(f"DROP SCHEMA IF EXISTS {service} CASCADE", timeout=_STATEMENT_SECONDS)
    finally:
        await connection.close(timeout=_CONNECT_SECONDS)


async def _fill(dump: Dump, *, file: Path, urls: Mapping[str, str], secret_key: str) -> None:
    url = urls[dump.services[0]]
    if any(urls[service] != url for service in dump.services):
        raise ArchiveError("The backup holds one database and the environment names several; set DATABASE_URL alone.")
    for service in dump.services:
        await prepare_roles(service, owner_url=url, secret_key=secret_key)
    with tempfile.TemporaryDirectory(prefix="rapport-restore-") as made:
        part = extract(file, part=dump.part, folder=Path(made))
        options = ("--single-transaction", "--exit-on-error", "--no-owner", f"--dbname={_name(url)}")
        await Program("pg_restore", url).call(*options, str(part), folder=Path(made))


def _name(url: str) -> str:
    return url.rpartition("/")[2].partition("?")[0]


def _keep_key(data: Path, secret_key: str) -> None:
    file = data / "secret-key"
    if not file.exists():
        write_private(file, secret_key)
