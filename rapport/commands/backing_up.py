"""`rapport backup`: everything of a running deployment, consistent, in one file. Called by the command line."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import asyncpg

from rapport.commands.archive import Dump, Program, new_manifest, write_archive
from rapport.commands.reaching import Reach

_TABLES = {"identity": ("workspace", "member", "profile"), "engagement": ("channel", "conversation", "interaction"), "routing": ("task",)}
_CONNECT_SECONDS = 10.0
_COUNT_SECONDS = 300.0


async def back_up(to: Reach, file: Path) -> dict[str, int]:
    """Dump each database while it works; gives how many rows the main tables have. `file` is absolute. Raises ArchiveError, OSError."""
    by_url: dict[str, list[str]] = {}
    for service, url in to.owner_urls.items():
        by_url.setdefault(url, []).append(service)
    with tempfile.TemporaryDirectory(prefix=".rapport-backup-", dir=file.parent) as made:
        folder = Path(made)
        dumps, parts = [], {}
        for number, (url, services) in enumerate(by_url.items()):
            part = f"{number}.dump"
            schemas = [f"--schema={service}" for service in services]
            # With what the planner knows: it is told of workspaces once, and never measures them (docs/decisions/0028).
            await Program("pg_dump", url).call("--format=custom", "--statistics", f"--file={folder / part}", *schemas, folder=folder)
            dumps.append(Dump(part=part, services=services))
            parts[part] = folder / part
        rows = await count_rows(to.owner_urls)
        write_archive(file, manifest=new_manifest(secret_key=to.secret_key, rows=rows, dumps=dumps), parts=parts)
    return rows


async def count_rows(owner_urls: Mapping[str, str]) -> dict[str, int]:
    """How many rows the main tables have, by service and table. A table of another release that is missing is left out."""
    counts = {}
    for service, tables in _TABLES.items():
        connection = await asyncpg.connect(owner_urls[service], timeout=_CONNECT_SECONDS)
        try:
            for table in tables:
                if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", f"{service}.{table}"):
                    counts[f"{service}.{table}"] = await connection.fetchval(
                        f"SELECT count(*) FROM {service}.{table}", timeout=_COUNT_SECONDS
                    )
        finally:
            await connection.close(timeout=_CONNECT_SECONDS)
    return counts
