"""How a child process is begun, found again and ended; used by the servers and the supervisor.

On Linux children die with us, even when we are killed without warning. Never waits without a limit.
"""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rapport.accounts import Account

_PR_SET_PDEATHSIG = 1
_KILL_SECONDS = 10.0
_PROC = Path("/proc")


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """What to run: `death_signal` reaches the child when we die, `output` is a descriptor or ours."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    account: Account | None = None
    stdin: int = asyncio.subprocess.DEVNULL
    output: int | None = None
    death_signal: signal.Signals = signal.SIGKILL


async def begin(launch: Launch) -> asyncio.subprocess.Process:
    """Start the child in a session of its own, so that Ctrl-C reaches us alone.

    Raises OSError if the program cannot be run, subprocess.SubprocessError if the folder or the
    account cannot be entered.
    """
    return await asyncio.create_subprocess_exec(
        *launch.argv,
        stdin=launch.stdin,
        stdout=launch.output,
        stderr=launch.output,
        env=dict(launch.env),
        start_new_session=True,
        preexec_fn=_entrance(launch),
    )


async def run_to_end(launch: Launch, *, timeout_seconds: float) -> int:
    """Run a child that ends by itself; answer its exit code. Raises TimeoutError."""
    process = await begin(launch)
    try:
        async with asyncio.timeout(timeout_seconds):
            return await process.wait()
    finally:
        if process.returncode is None:
            await end(process, steps=())


async def end(
    process: asyncio.subprocess.Process, *, steps: Sequence[tuple[signal.Signals, float]]
) -> int | None:
    """Send each signal and wait its seconds; what still lives is killed with its whole group.

    Answers the exit code, None if even the kernel could not end it in time.
    """
    for number, seconds in steps:
        if process.returncode is not None:
            break
        _signal_quietly(process.pid, number)
        if (code := await _wait_at_most(process, seconds=seconds)) is not None:
            return code
    if process.returncode is None:
        _kill_group(process.pid)
    return await _wait_at_most(process, seconds=_KILL_SECONDS)


def list_processes_in(folder: Path, *, named: str) -> list[int]:
    """List the pids of programs of this name whose working folder this is.

    Sees what an earlier run left behind. Linux only: elsewhere the list is empty, and a server that
    was left behind makes the start fail with its own message.
    """
    if not _PROC.joinpath("self").exists() or not folder.exists():
        return []
    wanted = folder.stat()
    return [
        int(entry.name)
        for entry in _PROC.iterdir()
        if entry.name.isdigit() and _runs_in(entry, folder=wanted, named=named)
    ]


async def end_left_behind(
    folder: Path, *, named: str, steps: Sequence[tuple[signal.Signals, float]]
) -> list[int]:
    """End what an earlier run left in the folder, mildest signal first; answer the pids met.

    The caller holds the folder's lock, so nothing that a living supervisor needs is met.
    """
    met = list_processes_in(folder, named=named)
    for number, seconds in (*steps, (signal.SIGKILL, _KILL_SECONDS)):
        left = list_processes_in(folder, named=named)
        if not left:
            break
        for pid in left:
            _signal_quietly(pid, number)
        await _wait_until_empty(folder, named=named, seconds=seconds)
    return met


def _entrance(launch: Launch) -> Callable[[], None]:
    """Answer what the child does between fork and exec: folder, account, and dying with us.

    The folder is entered before the account is taken, because the account may not be able to walk to it.
    """
    parent = os.getpid()
    account = launch.account
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def enter() -> None:
        if launch.folder is not None:
            os.chdir(launch.folder)
        if account is not None:
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
        os.umask(0o077)
        if prctl is not None:
            # After setuid, which clears it; and the parent may have died before it was set.
            prctl(_PR_SET_PDEATHSIG, int(launch.death_signal))
            if os.getppid() != parent:
                os._exit(1)

    return enter


async def _wait_at_most(process: asyncio.subprocess.Process, *, seconds: float) -> int | None:
    try:
        async with asyncio.timeout(seconds):
            return await process.wait()
    except TimeoutError:
        return None


async def _wait_until_empty(folder: Path, *, named: str, seconds: float) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline and list_processes_in(folder, named=named):
        await asyncio.sleep(0.05)


def _runs_in(entry: Path, *, folder: os.stat_result, named: str) -> bool:
    try:
        if (entry / "comm").read_text().strip() != named:
            return False
        return os.path.samestat((entry / "cwd").stat(), folder)
    except OSError:
        # It ended meanwhile, or belongs to somebody else: then it is not ours to end.
        return False


def _signal_quietly(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
