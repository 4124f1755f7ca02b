"""Root's servers run as somebody else under a closed home; everybody else's run as themselves."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rapport.accounts import find_server_account, unprivileged_account
from rapport.binaries import server_programs
from rapport.nats import EmbeddedNats
from rapport.postgres import EmbeddedPostgres

from .waiting import ask

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

# Everything is imported before the account is taken: it may not be able to read the libraries.
_AS_SOMEBODY_ELSE = """
import asyncio, os, sys
from pathlib import Path
import asyncpg, encodings.idna
from rapport.postgres import EmbeddedPostgres

async def keep_a_row(folder, programs):
    server = EmbeddedPostgres(folder, durable=False, programs=programs)
    await server.start()
    connection = await asyncpg.connect(server.url(), ssl=False)
    await connection.execute("create table kept as select 42 as n")
    await connection.close()
    os.kill(server.pid, 9)
    await server.wait()
    await server.start()
    connection = await asyncpg.connect(server.url(), ssl=False)
    print(os.geteuid(), await connection.fetchval("select n from kept"))
    await connection.close()
    await server.stop()

uid, gid, folder, programs = sys.argv[1:]
os.setgroups([])
os.setgid(int(gid))
os.setuid(int(uid))
os.chdir(folder)
asyncio.run(keep_a_row(Path(folder) / "postgres", Path(programs)))
"""


@pytest.fixture
def closed_home() -> Iterator[Path]:
    """A folder of mode 0700 directly below one that everybody may enter."""
    home = Path(tempfile.mkdtemp())
    yield home
    shutil.rmtree(home)


@as_root
async def test_root_runs_postgres_as_somebody_else_under_a_closed_home(closed_home: Path) -> None:
    """The server's account reads its data though it could not walk to them."""
    server = EmbeddedPostgres(closed_home / "deep" / "postgres", durable=False)
    await server.start()

    assert _uid_of(server.pid) == unprivileged_account().uid
    assert await ask(server, "select 1") == 1
    assert _mode_of(closed_home) == 0o700
    await server.stop()


@as_root
async def test_root_runs_nats_as_somebody_else_under_a_closed_home(closed_home: Path) -> None:
    """The same for the courier."""
    server = EmbeddedNats(closed_home / "deep" / "nats")
    await server.start()

    assert _uid_of(server.pid) == unprivileged_account().uid
    assert _mode_of(closed_home) == 0o700
    await server.stop()


@as_root
def test_programs_in_a_closed_home_are_copied_readable(closed_home: Path) -> None:
    """The copy is root's, readable by all, made once, and whole."""
    account = unprivileged_account()

    programs = server_programs(account=account, copies=closed_home / "copies")
    again = server_programs(account=account, copies=closed_home / "copies")

    assert programs == again
    found = programs.joinpath("postgres").stat()
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (0, 0o755)
    assert [entry.name[:8] for entry in (closed_home / "copies").iterdir()] == ["embedded"]


@as_root
def test_existing_data_keep_their_owner(tmp_path: Path) -> None:
    """Data that another account made are served by that account."""
    os.chown(tmp_path, 1234, 5678)

    account = find_server_account(tmp_path)

    assert account is not None
    assert (account.uid, account.gid) == (1234, 5678)


@as_root
def test_unprivileged_user_runs_postgres_as_himself() -> None:
    """Without root nothing is dropped and nothing is copied; a kill loses no row either."""
    account = unprivileged_account()
    folder = Path(tempfile.mkdtemp())
    os.chown(folder, account.uid, account.gid)
    programs = server_programs(account=account)
    argv = (str(account.uid), str(account.gid), str(folder), str(programs))

    done = subprocess.run(
        (sys.executable, "-c", _AS_SOMEBODY_ELSE, *argv),
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[2],
        text=True,
        timeout=60,
    )

    shutil.rmtree(folder)
    assert done.stdout == f"{account.uid} 42\n", done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="as root another test plays this user")
def test_nobody_is_asked_for_when_we_are_not_root(tmp_path: Path) -> None:
    """Whoever is not root stays himself."""
    assert find_server_account(tmp_path) is None


def _mode_of(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


def _uid_of(pid: int | None) -> int:
    return Path(f"/proc/{pid}").stat().st_uid
