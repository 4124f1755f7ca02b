"""How a child process is begun, found again and ended; used by the servers and the supervisor.

On Linux children die with us, even when we are killed without warning. Never waits without a limit.
"""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rapport.accounts import Account

Child = subprocess.Popen[bytes]
_PR_SET_PDEATHSIG = 1
_KILL_SECONDS = 10.0
_LOOK_SECONDS = 0.05
_PROC = Path("/proc")


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """What to run. `output` is a descriptor, None is ours; `death_signal` comes when we die."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    account: Account | None = None
    stdin: int = subprocess.DEVNULL
    output: int | None = None
    death_signal: signal.Signals = signal.SIGKILL


def begin(launch: Launch) -> Child:
    """Start the child in a session of its own, so that Ctrl-C reaches us alone.

    Bound to no event loop: who starts a child may stop it from another one. Blocks for the few
    milliseconds until the program runs. Raises OSError if it cannot be run, SubprocessError if the
    folder or the account cannot be entered.
    """
    return subprocess.Popen(
        launch.argv,
        stdin=launch.stdin,
        stdout=launch.output,
        stderr=launch.output,
        env=dict(launch.env),
        start_new_session=True,
        preexec_fn=_entrance(launch),  # noqa: PLW1509 - we start children from the main thread only
    )


async def run_to_end(launch: Launch, *, timeout_seconds: float) -> int:
    """Run a child that ends by itself; answer its exit code. Raises TimeoutError."""
    child = begin(launch)
    try:
        async with asyncio.timeout(timeout_seconds):
            return await exit_code(child)
    finally:
        await end(child, steps=())


async def exit_code(child: Child) -> int:
    """Wait for the end and answer the exit code (negative: the signal)."""
    if child.poll() is None and sys.platform == "linux":
        await _readable(os.pidfd_open(child.pid))
    while (code := child.poll()) is None:  # noqa: ASYNC110 - elsewhere than on Linux nothing tells us
        await asyncio.sleep(_LOOK_SECONDS)
    return code


async def end(child: Child, *, steps: Sequence[tuple[signal.Signals, float]]) -> int | None:
    """Send each signal and wait its seconds; what still lives is killed with its whole group.

    Answers the exit code, None if even the kernel could not end it in time.
    """
    for number, seconds in steps:
        if child.poll() is None:
            child.send_signal(number)
        if (code := await _wait_at_most(child, seconds=seconds)) is not None:
            return code
    if child.poll() is None:
        _kill_group(child.pid)
    return await _wait_at_most(child, seconds=_KILL_SECONDS)


def list_processes_in(folder: Path, *, named: str) -> list[int]:
    """List the pids of programs of this name whose working folder this is.

    Sees what an earlier run left behind. Linux only: elsewhere the list is empty, and a server that
    was left behind makes the start fail with its own message.
    """
    if not _PROC.joinpath("self").exists() or not folder.exists():
        return []
    wanted = folder.stat()
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit() and _runs_in(entry, folder=wanted, named=named)]


async def end_left_behind(folder: Path, *, named: str, steps: Sequence[tuple[signal.Signals, float]]) -> list[int]:
    """End what an earlier run left in the folder, mildest signal first; answer the pids met.

    The caller holds the folder's lock, so nothing that a living supervisor needs is met.
    """
    met = list_processes_in(folder, named=named)
    for number, seconds in steps:
        left = list_processes_in(folder, named=named)
        # A server tells its own children: a signal means something else to each of them.
        for pid in left:
            if _parent_of(pid) not in left:
                _signal_quietly(pid, number)
        await _wait_until_empty(folder, named=named, seconds=seconds)
    for pid in list_processes_in(folder, named=named):
        _signal_quietly(pid, signal.SIGKILL)
    await _wait_until_empty(folder, named=named, seconds=_KILL_SECONDS)
    return met


def lives(pid: int) -> bool:
    """Say whether /proc knows the pid; False where there is no /proc."""
    return _PROC.joinpath(str(pid)).exists()


def _entrance(launch: Launch) -> Callable[[], None]:
    """Answer what the child does between fork and exec: folder, account, and dying with us.

    The folder is entered before the account is taken, which may not be able to walk to it.
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


async def _readable(descriptor: int) -> None:
    """Wait until a pidfd says that its process has ended; closes it."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def _wait_at_most(child: Child, *, seconds: float) -> int | None:
    try:
        async with asyncio.timeout(seconds):
            return await exit_code(child)
    except TimeoutError:
        return None


async def _wait_until_empty(folder: Path, *, named: str, seconds: float) -> None:
    """Look again and again: nothing tells us of the end of a process that is not our child."""
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        if not list_processes_in(folder, named=named):
            return
        await asyncio.sleep(_LOOK_SECONDS)


def _parent_of(pid: int) -> int | None:
    try:
        status = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    # The name before it may hold spaces and brackets, the state and the parent follow the last one.
    return int(status.rpartition(")")[2].split()[1])


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
