"""The embedded PostgreSQL keeps rows, port and secrets through stops, kills and wrong folders."""

import os
import signal
import stat
import sys
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from rapport import children
from rapport.accounts import find_server_account
from rapport.binaries import server_programs
from rapport.children import Launch
from rapport.errors import FolderInUseError, NotStartedError, WrongMajorVersionError
from rapport.postgres import EmbeddedPostgres

from .waiting import ask, is_alive, until

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="finds processes through /proc")


async def test_rows_and_url_survive_stop_and_start(postgres: EmbeddedPostgres) -> None:
    """An ordinary stop loses nothing, and whoever holds the URL need not be told."""
    await ask(postgres, "create table kept as select generate_series(1, 1000) as n")
    url = postgres.url()

    await postgres.stop()
    await postgres.start()

    assert postgres.url() == url
    assert await ask(postgres, "select count(*) from kept") == 1000


async def test_another_run_on_the_folder_finds_password_port_and_rows(tmp_path: Path) -> None:
    """Nothing that the next run needs is kept in memory only."""
    first = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    await first.start()
    await ask(first, "create table kept as select 1 as n")
    await first.stop()

    second = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    await second.start()

    assert second.url() == first.url()
    assert await ask(second, "select n from kept") == 1
    await second.stop()


@needs_proc
async def test_committed_rows_survive_a_kill(postgres: EmbeddedPostgres) -> None:
    """The second start ends the children of the killed server and recovers."""
    await ask(postgres, "create table kept as select generate_series(1, 1000) as n")
    killed, url = postgres.pid, postgres.url()
    assert killed is not None

    os.kill(killed, signal.SIGKILL)
    assert await postgres.wait() == -signal.SIGKILL
    await postgres.start()

    assert postgres.pid != killed
    assert postgres.url() == url
    assert await ask(postgres, "select count(*) from kept") == 1000


@needs_proc
async def test_server_left_behind_is_ended_and_its_rows_are_kept(tmp_path: Path) -> None:
    """A server whose supervisor is gone does not keep the next run from starting."""
    postgres = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    await postgres.start()
    await ask(postgres, "create table kept as select 1 as n")
    await postgres.stop()
    data = tmp_path / "postgres" / "data"
    account = find_server_account(data)
    program = str(server_programs(account=account) / "postgres")
    options = ("-D", "/proc/self/cwd", "-p", str(urlsplit(postgres.url()).port))
    argv = (program, *options, "-c", "unix_socket_directories=")
    left = children.begin(Launch(argv=argv, folder=data, account=account))
    noted = data / "postmaster.pid"
    await until(lambda: noted.exists() and "ready" in noted.read_text())

    await postgres.start()

    assert left.poll() == 0
    assert await ask(postgres, "select n from kept") == 1
    await postgres.stop()


async def test_second_start_on_a_used_folder_is_refused(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    """Two runs never share data; the first does not notice the attempt."""
    second = EmbeddedPostgres(tmp_path / "postgres")

    with pytest.raises(FolderInUseError, match=f"in use by process {os.getpid()}"):
        await second.start()

    assert await ask(postgres, "select 1") == 1


async def test_data_of_another_major_version_are_refused(tmp_path: Path) -> None:
    """The message names the way to the next version, and nothing was written into the data."""
    data = tmp_path / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("17\n")

    with pytest.raises(WrongMajorVersionError, match=r"PostgreSQL 17.*`rapport backup`"):
        await EmbeddedPostgres(tmp_path / "postgres").start()

    assert [file.name for file in data.iterdir()] == ["PG_VERSION"]


async def test_failed_start_tells_the_end_of_the_log(postgres: EmbeddedPostgres) -> None:
    """A dead server is reported as dead, with its own reason."""
    await ask(postgres, "alter system set shared_preload_libraries = 'no_such_library'")
    await postgres.stop()

    with pytest.raises(NotStartedError, match=r"the server ended(.|\n)*no_such_library"):
        await postgres.start()

    assert postgres.pid is None


async def test_interrupted_initialisation_is_done_again(tmp_path: Path) -> None:
    """Half a cluster of a killed first start is thrown away, not used."""
    half = tmp_path / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    postgres = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    await postgres.start()

    assert await ask(postgres, "select 1") == 1
    assert not half.exists()
    await postgres.stop()


async def test_lock_file_naming_another_program_does_not_prevent_the_start(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    """After a crash of the machine the old pid may be anybody's."""
    await postgres.stop()
    noted = tmp_path / "postgres" / "data" / "postmaster.pid"
    noted.write_text(f"{os.getpid()}\n/elsewhere\n0\n1\n\n\n")

    await postgres.start()

    assert await ask(postgres, "select 1") == 1


async def test_wrong_password_is_refused(postgres: EmbeddedPostgres) -> None:
    """Being on the machine is no credential."""
    url = postgres.url().replace(postgres.url().split(":")[2].split("@")[0], "guessed")

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url, ssl=False, timeout=5)


async def test_lost_password_is_said_to_be_lost(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    """A server that runs but cannot be entered is not reported as started."""
    await postgres.stop()
    (tmp_path / "postgres" / "password").write_text("another")

    with pytest.raises(NotStartedError, match="password is not this server's password"):
        await postgres.start()

    assert postgres.pid is None


async def test_secrets_and_data_are_private(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    """Nobody else on the machine reads the password, the log or the data."""
    assert postgres.pid is not None
    folder = tmp_path / "postgres"
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}

    assert modes == {
        "data": 0o700,
        "lock": 0o600,
        "password": 0o600,
        "port": 0o600,
        "server.log": 0o600,
    }
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_log_never_quotes_rows_or_statements(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    """Errors about a person's data reach the caller, not the log."""
    await ask(postgres, "create table person (email text primary key)")
    await ask(postgres, "insert into person values ('marked@example.org')")
    for statement in (
        "insert into person values ('marked@example.org')",
        "select 'marked@example.org'::uuid",
        "select marked@example",
    ):
        with pytest.raises(asyncpg.PostgresError):
            await ask(postgres, statement)

    assert "marked" not in (tmp_path / "postgres" / "server.log").read_text()


async def test_cluster_is_made_as_the_architecture_says(postgres: EmbeddedPostgres) -> None:
    """Version, locale, checksums, encryption of passwords and the address that is listened on."""
    facts = await ask(
        postgres,
        """select concat_ws(' ', current_setting('server_version_num')::int / 10000,
        datlocprovider, datlocale, current_setting('server_encoding'),
        current_setting('data_checksums'), current_setting('password_encryption'),
        current_setting('listen_addresses'), current_setting('timezone'))
        from pg_database where datname = current_database()""",
    )

    assert facts == "18 b C.UTF-8 UTF8 on scram-sha-256 127.0.0.1 UTC"


@needs_proc
async def test_stop_ends_every_process_of_the_server(postgres: EmbeddedPostgres) -> None:
    """No session outlives the server."""
    assert postgres.pid is not None
    pid = postgres.pid

    await postgres.stop()

    assert not is_alive(pid)
    assert postgres.pid is None
