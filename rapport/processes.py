"""One of our own processes (gateway, identity, ...) as a member of the supervisor.

Made by the command line from a ProcessSpec. Never reads the environment: the spec brings all of it.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rapport import children
from rapport.children import Launch
from rapport.errors import NotStartedError

_READY_POLL_SECONDS = 0.05
_READY_CALL_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessSpec:
    """What to run. `env` is the child's whole environment; output goes where ours goes, or is appended to the file `log`.

    `ready` is asked until it says yes; it may raise OSError or TimeoutError for "not yet". Without
    it a process counts as ready once it runs. `drain_seconds` is granted between SIGTERM and
    SIGKILL, `start_seconds` until ready.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    drain_seconds: float = 15.0
    start_seconds: float = 60.0
    ready: Callable[[], Awaitable[bool]] | None = None
    log: Path | None = None


async def answers_unix(socket: Path, *, path: str = "/readyz") -> bool:
    """Say whether a process that listens on a unix socket answers 200. Raises OSError before it listens."""
    reader, writer = await asyncio.open_unix_connection(str(socket))
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        status = await reader.readline()
    finally:
        writer.close()
    return status.split()[1:2] == [b"200"]


class ServiceProcess:
    """Runs a ProcessSpec in a process group of its own."""

    def __init__(self, spec: ProcessSpec) -> None:
        self.name = spec.name
        self._spec = spec
        self._process: children.Child | None = None

    @property
    def pid(self) -> int | None:
        """The pid while the process runs."""
        if self._process is None or self._process.poll() is not None:
            return None
        return self._process.pid

    async def start(self) -> None:
        """Start the process and wait until it is ready. Raises NotStartedError."""
        try:
            self._process = self._begin()
        except (OSError, subprocess.SubprocessError) as failure:
            raise NotStartedError(self.name, reason=str(failure)) from failure
        try:
            await self._until_ready()
        except BaseException:
            await self.kill()
            raise

    async def stop(self) -> None:
        """Let the process drain, then kill it and whatever it started."""
        await self._end(steps=((signal.SIGTERM, self._spec.drain_seconds),))

    async def kill(self) -> None:
        """Kill the process and whatever it started."""
        await self._end(steps=())

    async def wait(self) -> int:
        """Wait for the end, answer the exit code (negative: the signal)."""
        if self._process is None:
            raise NotStartedError(self.name, reason="it was never started")
        return await children.exit_code(self._process)

    def _begin(self) -> children.Child:
        if self._spec.log is None:
            return children.begin(Launch(argv=self._spec.argv, env=self._spec.env))
        output = os.open(self._spec.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            return children.begin(Launch(argv=self._spec.argv, env=self._spec.env, output=output))
        finally:
            os.close(output)

    async def _end(self, *, steps: tuple[tuple[signal.Signals, float], ...]) -> None:
        if self._process is not None:
            await children.end(self._process, steps=steps)

    async def _until_ready(self) -> None:
        deadline = asyncio.get_running_loop().time() + self._spec.start_seconds
        while self._process is not None and self._process.poll() is None:
            if await self.answers():
                return
            if asyncio.get_running_loop().time() > deadline:
                reason = f"not ready within {self._spec.start_seconds:.0f} s"
                raise NotStartedError(self.name, reason=reason)
            await asyncio.sleep(_READY_POLL_SECONDS)
        code = None if self._process is None else self._process.poll()
        raise NotStartedError(self.name, reason=f"it ended with code {code}")

    async def answers(self) -> bool:
        """Say whether the process serves at this moment."""
        if self._spec.ready is None:
            return True
        try:
            async with asyncio.timeout(_READY_CALL_SECONDS):
                return await self._spec.ready()
        except (OSError, TimeoutError):
            return False
