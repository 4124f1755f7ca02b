"""The embedded PostgreSQL 18: one foreground child on loopback, data in one folder.

Started by the command line and by tests. Never trusts a local user without a password, never logs a
statement or its values, never changes the permissions of a folder above its own.
"""

import asyncio
import os
import shutil
import signal
import subprocess
from pathlib import Path

import asyncpg

from rapport import children
from rapport.accounts import Account, find_server_account
from rapport.binaries import COPIES, server_programs
from rapport.children import Launch
from rapport.errors import NotStartedError, WrongMajorVersionError
from rapport.folders import ServerFolder, make_data_folder

MAJOR_VERSION = "18"
SUPERUSER = "postgres"
DATABASE = "rapport"
_LOOPBACK = "127.0.0.1"
_CONNECT_SECONDS = 5.0
_CREATE_SECONDS = 60.0
_FAST_STOP_SECONDS = 30.0
_IMMEDIATE_STOP_SECONDS = 5.0
_INITDB_SECONDS = 120.0
# Recovery after a crash replays the log first; its length is bounded by max_wal_size.
_START_SECONDS = 120.0
_POLL_SECONDS = 0.03
# Fast shutdown ends sessions and writes a checkpoint; immediate leaves the rest to recovery.
_STOP = ((signal.SIGINT, _FAST_STOP_SECONDS), (signal.SIGQUIT, _IMMEDIATE_STOP_SECONDS))

# Sized for two cores and a few GB shared with everything else.
_SETTINGS = {
    "listen_addresses": _LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "512MB",
    "autovacuum_max_workers": "2",
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "io_method": "sync",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "fsync": "on",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A message or its detail may quote a row. So nothing that a statement causes is logged: the
    # level `log` leaves out errors, terse leaves out details.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
}
# A test's data may be lost with the machine, not with the process.
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One PostgreSQL server whose data, password, port and log lie under `folder`.

    `durable=False` is for tests: what a crash of the machine would lose is not synced.
    `copies` is where root keeps programs its server's account can reach; `programs` replaces the
    wheel's folder of executables and is used as it is.
    """

    name = "postgres"

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        durable: bool = True,
        programs: Path | None = None,
        copies: Path = COPIES,
    ) -> None:
        self._folder = ServerFolder(folder)
        self._wanted_port = port
        self._port: int | None = None
        self._durable = durable
        self._settings = {**_SETTINGS, **({} if durable else _NOT_DURABLE)}
        self._programs = programs
        self._copies = copies
        self._process: children.Child | None = None

    @property
    def pid(self) -> int | None:
        """The server's pid while it runs."""
        if self._process is None or self._process.poll() is not None:
            return None
        return self._process.pid

    def url(self, *, database: str = DATABASE) -> str:
        """Answer the superuser's URL. Raises NotStartedError before the first start."""
        if self._port is None:
            raise NotStartedError(self.name, reason="it has no port before its first start")
        password = self._folder.password()
        return f"postgresql://{SUPERUSER}:{password}@{_LOOPBACK}:{self._port}/{database}"

    async def start(self) -> None:
        """Start the server and wait until it answers a query; the port stays over restarts.

        Raises FolderInUseError, WrongMajorVersionError, NoUnprivilegedAccountError,
        ExecutableMissingError, or NotStartedError with the end of the server's log.
        """
        self._folder.lock()
        try:
            await self._start_locked()
        except BaseException:
            await self.kill()
            raise

    async def stop(self) -> None:
        """Stop fast: sessions end, all is written. After 30 s immediately, which needs recovery."""
        if self._process is not None:
            await children.end(self._process, steps=_STOP)
        self._folder.unlock()

    async def kill(self) -> None:
        """Stop without a checkpoint; committed rows are recovered at the next start."""
        if self._process is not None:
            await children.end(self._process, steps=_STOP[1:])
        self._folder.unlock()

    async def wait(self) -> int:
        """Wait until the server ends, answer its exit code (negative: the signal)."""
        if self._process is None:
            raise NotStartedError(self.name, reason="it was never started")
        return await children.exit_code(self._process)

    async def _start_locked(self) -> None:
        data = self._folder.data
        _require_major_version(data)
        account = find_server_account(data)
        programs = self._programs or server_programs(account=account, copies=self._copies)
        await _end_server_left_behind(data)
        if not data.exists():
            await self._initialise(programs, account=account)
        self._port = self._folder.port(wanted=self._port or self._wanted_port)
        self._process = self._begin(
            (
                str(programs / "postgres"),
                *_data_option(data),
                "-p",
                str(self._port),
                *self._options(),
            ),
            folder=data,
            account=account,
        )
        await self._await_queries()

    async def _initialise(self, programs: Path, *, account: Account | None) -> None:
        """Make it under another name first: an interrupted cluster is never taken for whole."""
        draft = self._folder.data.with_name("data.new")
        await children.end_left_behind(draft, named="postgres", steps=())
        _remove_tree(draft)
        make_data_folder(draft, account=account)
        argv = (
            str(programs / "initdb"),
            *_data_option(draft),
            *_initdb_options(durable=self._durable),
        )
        password = _password_pipe(self._folder.password(), account=account)
        output = self._folder.open_log()
        launch = Launch(argv=argv, folder=draft, account=account, stdin=password, output=output)
        try:
            code = await children.run_to_end(launch, timeout_seconds=_INITDB_SECONDS)
        except (OSError, subprocess.SubprocessError) as failure:
            raise self._not_started(f"initdb: {failure}") from failure
        finally:
            os.close(password)
            os.close(output)
        if code != 0:
            raise self._not_started(f"initdb ended with code {code}")
        draft.rename(self._folder.data)

    def _begin(self, argv: tuple[str, ...], *, folder: Path, account: Account | None) -> children.Child:
        output = self._folder.open_log()
        # If we are killed, the kernel asks the server for a fast shutdown in our place.
        launch = Launch(argv=argv, folder=folder, account=account, output=output, death_signal=signal.SIGINT)
        try:
            return children.begin(launch)
        except (OSError, subprocess.SubprocessError) as failure:
            raise self._not_started(str(failure)) from failure
        finally:
            os.close(output)

    async def _await_queries(self) -> None:
        """Return after authenticated queries were answered; a recovery is waited for."""
        deadline = asyncio.get_running_loop().time() + _START_SECONDS
        last = ""
        while asyncio.get_running_loop().time() < deadline:
            if self.pid is None:
                raise self._not_started("the server ended")
            try:
                await self._create_database_if_absent(DATABASE)
            except asyncpg.InvalidAuthorizationSpecificationError as refusal:
                raise self._not_started(f"{self._folder.path / 'password'} is not this server's password") from refusal
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
                # Still starting, or killed again under our hands: the next round tells.
                last = type(failure).__name__
                await asyncio.sleep(_POLL_SECONDS)
            else:
                return
        raise self._not_started(f"no answer within {_START_SECONDS:.0f} s, at last {last}")

    async def _create_database_if_absent(self, database: str) -> None:
        connection = await asyncpg.connect(self.url(database="postgres"), ssl=False, timeout=_CONNECT_SECONDS)
        try:
            known = "select true from pg_database where datname = $1"
            if not await connection.fetchval(known, database, timeout=_CONNECT_SECONDS):
                await connection.execute(f'create database "{database}"', timeout=_CREATE_SECONDS)
        finally:
            await connection.close(timeout=_CONNECT_SECONDS)

    def _options(self) -> tuple[str, ...]:
        pairs = (("-c", f"{name}={value}") for name, value in self._settings.items())
        return tuple(part for pair in pairs for part in pair)

    def _not_started(self, reason: str) -> NotStartedError:
        return NotStartedError(self.name, reason=reason, log=self._folder.log_tail())


def _require_major_version(data: Path) -> None:
    version = data / "PG_VERSION"
    if version.exists() and (found := version.read_text().strip()) != MAJOR_VERSION:
        raise WrongMajorVersionError(data, found=found, expected=MAJOR_VERSION)


async def _end_server_left_behind(data: Path) -> None:
    """End the server of an earlier run; we hold the lock, so nobody needs it.

    A server whose head was killed leaves children that write for a moment longer. Its lock file
    goes only if its pid is now another program's, which would keep PostgreSQL from starting.
    """
    noted = _noted_pid(data)
    headless = noted not in children.list_processes_in(data, named="postgres")
    await children.end_left_behind(data, named="postgres", steps=_STOP[1:] if headless else _STOP)
    if noted is not None and children.lives(noted):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _noted_pid(data: Path) -> int | None:
    file = data / "postmaster.pid"
    first = file.read_text().partition("\n")[0].strip() if file.exists() else ""
    return int(first) if first.isdigit() else None


def _data_option(data: Path) -> tuple[str, str]:
    """Name the folder the child already stands in.

    By its path the child may not get there: a home folder of mode 0700 lies between. Through /proc
    the kernel goes straight to it. Without /proc the path has to do.
    """
    return ("-D", "/proc/self/cwd" if Path("/proc/self/cwd").exists() else str(data))


def _initdb_options(*, durable: bool) -> tuple[str, ...]:
    return (
        f"--username={SUPERUSER}",
        "--pwfile=/dev/stdin",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
        *(() if durable else ("--no-sync",)),
    )


def _password_pipe(password: str, *, account: Account | None) -> int:
    """Answer the reading end of a pipe that holds the password and that the account may open."""
    reading, writing = os.pipe()
    os.write(writing, f"{password}\n".encode())
    os.close(writing)
    if account is not None:
        os.fchown(reading, account.uid, account.gid)
    return reading


def _remove_tree(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
