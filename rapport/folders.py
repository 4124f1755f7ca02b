"""The folder of one embedded server: its lock, password, port and log; used by postgres and nats.

Everything here belongs to whoever runs `rapport`; only the data folder inside may belong to the
account a server was given to. Never touches the permissions of a parent folder.
"""

import fcntl
import os
import secrets
import socket
from pathlib import Path

from rapport.accounts import Account
from rapport.errors import FolderInUseError, NotStartedError

_LOOPBACK = "127.0.0.1"
# Below the range from which Linux and macOS take ports for outgoing connections: a client that
# retries while its server restarts cannot then be given the server's port by chance.
_FIRST_PORT, _LAST_PORT = 20_000, 32_000
_LOG_LIMIT_BYTES = 16 * 1024 * 1024
_LOG_TAIL_BYTES = 4_000


class ServerFolder:
    """What one server keeps beside its data, under `path` (made with mode 0700 if absent)."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.data = self.path / "data"
        self.log = self.path / "server.log"
        self._lock: int | None = None

    def lock(self) -> None:
        """Hold the folder until unlock() or our end. Raises FolderInUseError."""
        if self._lock is not None:
            return
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as refusal:
            holder = os.pread(held, 32, 0).decode()
            os.close(held)
            raise FolderInUseError(self.path, holder=holder) from refusal
        os.truncate(held, 0)
        os.pwrite(held, str(os.getpid()).encode(), 0)
        self._lock = held

    def unlock(self) -> None:
        """Let another process have the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def password(self) -> str:
        """Answer the server's password, made at the first call and kept with mode 0600."""
        file = self.path / "password"
        if not file.exists():
            write_private(file, secrets.token_urlsafe(24))
        return file.read_text().strip()

    def port(self, *, wanted: int | None) -> int:
        """Answer the wanted port, else the one of last time if still free, else a new one."""
        if wanted is not None:
            return wanted
        return remembered_port(self.path / "port")

    def open_log(self) -> int:
        """Open the log for appending; the previous one is kept once when it has grown large."""
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        return os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def log_tail(self) -> str:
        """Answer the last lines of the log, for an error that a person reads."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - _LOG_TAIL_BYTES))
            return log.read().decode(errors="replace").strip()


def make_data_folder(data: Path, *, account: Account | None) -> None:
    """Make an empty folder of mode 0700 that belongs to the account, if it is absent."""
    data.mkdir(mode=0o700, exist_ok=True)
    if account is not None and data.stat().st_uid != account.uid:
        os.chown(data, account.uid, account.gid)


def write_private(file: Path, content: str) -> None:
    """Write a file of mode 0600 whole or not at all."""
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(file)


def remembered_port(file: Path) -> int:
    """Answer the loopback port noted in the file if it is free, else choose and note another."""
    if file.exists() and (noted := file.read_text().strip()).isdigit() and _is_free(int(noted)):
        return int(noted)
    port = _free_port()
    write_private(file, str(port))
    return port


def _free_port() -> int:
    """Choose at random, so that several deployments starting together do not race for one."""
    for _ in range(200):
        port = _FIRST_PORT + secrets.randbelow(_LAST_PORT - _FIRST_PORT)
        if _is_free(port):
            return port
    raise NotStartedError("server", reason=f"no free port from {_FIRST_PORT} to {_LAST_PORT}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do it: connections of the previous run in TIME_WAIT are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError:
            return False
    return True
