"""The embedded NATS server with JetStream: a foreground child on loopback, its store in one folder.

Started by the command line and by tests. Never listens beyond loopback, nor without a password.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
from pathlib import Path

import orjson

from rapport import children
from rapport.accounts import Account, find_server_account
from rapport.binaries import COPIES, nats_program
from rapport.children import Launch
from rapport.errors import NotStartedError
from rapport.folders import ServerFolder, make_data_folder, write_private

USER = "rapport"
_LOOPBACK = "127.0.0.1"
_MAX_PAYLOAD_BYTES = 8 * 1024 * 1024
_MAX_MEMORY_BYTES = 64 * 1024 * 1024
_DEFAULT_STORE_BYTES = 2 * 1024 * 1024 * 1024
_START_SECONDS = 60.0
_GREETING_SECONDS = 2.0
_POLL_SECONDS = 0.03
_STOP = ((signal.SIGTERM, 10.0),)


class EmbeddedNats:
    """One NATS server whose store, password, port, configuration and log lie under `folder`.

    `store_bytes` bounds the JetStream file store: NATS carries events, PostgreSQL keeps them.
    `copies` is where root keeps a program its server's account can reach.
    """

    name = "nats"

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        store_bytes: int = _DEFAULT_STORE_BYTES,
        copies: Path = COPIES,
    ) -> None:
        self._folder = ServerFolder(folder)
        self._wanted_port = port
        self._port: int | None = None
        self._store_bytes = store_bytes
        self._copies = copies
        self._process: children.Child | None = None

    @property
    def pid(self) -> int | None:
        """The server's pid while it runs."""
        if self._process is None or self._process.poll() is not None:
            return None
        return self._process.pid

    @property
    def url(self) -> str:
        """The URL with user and password. Raises NotStartedError before the first start."""
        if self._port is None:
            raise NotStartedError(self.name, reason="it has no port before its first start")
        return f"nats://{USER}:{self._folder.password()}@{_LOOPBACK}:{self._port}"

    async def start(self) -> None:
        """Start the server, wait until it greets with JetStream on; the port stays over restarts.

        Raises FolderInUseError, NoUnprivilegedAccountError, ExecutableMissingError, or
        NotStartedError with the end of the server's log.
        """
        self._folder.lock()
        try:
            await self._start_locked()
        except BaseException:
            await self.kill()
            raise

    async def stop(self) -> None:
        """Close the store in order; after 10 s kill the server."""
        await self._end(steps=_STOP)

    async def kill(self) -> None:
        """End the server at once; its store is recovered at the next start."""
        await self._end(steps=())

    async def wait(self) -> int:
        """Wait until the server ends, answer its exit code (negative: the signal)."""
        if self._process is None:
            raise NotStartedError(self.name, reason="it was never started")
        return await children.exit_code(self._process)

    async def _end(self, *, steps: tuple[tuple[signal.Signals, float], ...]) -> None:
        if self._process is not None:
            await children.end(self._process, steps=steps)
        self._folder.unlock()

    async def _start_locked(self) -> None:
        store = self._folder.data
        account = find_server_account(store)
        program = nats_program(account=account, copies=self._copies)
        make_data_folder(store, account=account)
        await children.end_left_behind(store, named=program.name, steps=_STOP)
        self._port = self._folder.port(wanted=self._port or self._wanted_port)
        configuration = self._write_configuration(account=account)
        self._process = self._begin(program, configuration=configuration, account=account)
        await self._await_greeting()

    def _write_configuration(self, *, account: Account | None) -> Path:
        """Write it, with the password inside, for nobody but the server's account."""
        configuration = {
            "server_name": "rapport",
            "host": _LOOPBACK,
            "port": self._port,
            "max_payload": _MAX_PAYLOAD_BYTES,
            "authorization": {"user": USER, "password": self._folder.password(), "timeout": 5},
            "jetstream": {
                # The folder the server stands in: by its path its account may not get there.
                "store_dir": ".",
                "max_file_store": self._store_bytes,
                "max_memory_store": _MAX_MEMORY_BYTES,
            },
        }
        file = self._folder.path / "server.conf"
        write_private(file, orjson.dumps(configuration, option=orjson.OPT_INDENT_2).decode())
        if account is not None:
            os.chown(file, account.uid, account.gid)
        return file

    def _begin(self, program: Path, *, configuration: Path, account: Account | None) -> children.Child:
        """Hand the configuration over as standard input: an open file needs no way to it."""
        argv = (str(program), "--config", "/dev/stdin")
        output = self._folder.open_log()
        try:
            with configuration.open("rb") as opened:
                launch = Launch(
                    argv=argv,
                    folder=self._folder.data,
                    account=account,
                    stdin=opened.fileno(),
                    output=output,
                    death_signal=signal.SIGTERM,
                )
                return children.begin(launch)
        except (OSError, subprocess.SubprocessError) as failure:
            raise self._not_started(str(failure)) from failure
        finally:
            os.close(output)

    async def _await_greeting(self) -> None:
        """Return after the server's INFO line says that JetStream is on."""
        deadline = asyncio.get_running_loop().time() + _START_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            if self.pid is None:
                raise self._not_started("the server ended")
            with contextlib.suppress(OSError, orjson.JSONDecodeError):
                async with asyncio.timeout(_GREETING_SECONDS):
                    if await self._greets_with_jetstream():
                        return
            await asyncio.sleep(_POLL_SECONDS)
        raise self._not_started(f"no greeting within {_START_SECONDS:.0f} s")

    async def _greets_with_jetstream(self) -> bool:
        reader, writer = await asyncio.open_connection(_LOOPBACK, self._port)
        try:
            line = await reader.readline()
        finally:
            writer.close()
        verb, _, body = line.partition(b" ")
        return verb == b"INFO" and bool(orjson.loads(body).get("jetstream"))

    def _not_started(self, reason: str) -> NotStartedError:
        return NotStartedError(self.name, reason=reason, log=self._folder.log_tail())
