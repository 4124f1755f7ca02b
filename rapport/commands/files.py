"""`rapport backup` and `rapport restore` as a person calls them: their words and their exit codes. Called by the command line."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import asyncpg

from rapport.commands.archive import ArchiveError
from rapport.commands.backing_up import back_up
from rapport.commands.reaching import fail, reach
from rapport.commands.restoring import restore
from rapport.errors import RunningError
from rapport.upping import external_databases

_TROUBLES = (ArchiveError, RunningError, OSError, TimeoutError, asyncpg.PostgresError)


def back_up_to(file: Path, *, data: Path) -> None:
    """Ends the command with 1 where it cannot be made; then no file is left."""
    to = reach(data)
    try:
        # pg_dump runs in a folder of its own, from which a relative name would lead elsewhere.
        rows = asyncio.run(back_up(to, file.absolute()))
    except _TROUBLES as error:
        fail(f"No backup was made. {error}")
    print(f"{file} holds {_told(rows)} ({file.stat().st_size:,} bytes).")
    print("The secret key is not in it, and a restore needs it: keep it in another place.")


def restore_from(file: Path, *, data: Path) -> None:
    """Ends the command with 1 where it is refused or fails; then the deployment is as empty as before."""
    urls = external_databases(os.environ)
    try:
        rows = asyncio.run(restore(file, data=data, database_urls=urls, secret_key=os.environ.get("RAPPORT_SECRET_KEY")))
    except _TROUBLES as error:
        fail(f"Nothing was restored. {error}")
    print(f"Restored: {_told(rows)}.")
    print("Start Rapport on the same databases." if urls else f"Start it with: rapport up --data {data}")


def _told(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {table.partition('.')[2]}{'' if count == 1 else 's'}" for table, count in rows.items())
