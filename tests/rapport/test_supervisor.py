"""The supervisor starts in order, restarts with back-off, drains in reverse, leaves nothing."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from rapport.errors import NotStartedError
from rapport.nats import EmbeddedNats
from rapport.postgres import EmbeddedPostgres
from rapport.processes import ProcessSpec, ServiceProcess
from rapport.supervisor import Backoff, Supervisor

from .waiting import ask, is_alive, until

_AT_ONCE = Backoff(first_seconds=0.01, ceiling_seconds=0.04, healthy_seconds=60)
_IDLE = "import signal; signal.pause()"
_STUBBORN = """
import pathlib, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
while True: signal.pause()
"""
_WHOLE_DEPLOYMENT = """
import asyncio, json, sys
from pathlib import Path
from rapport.nats import EmbeddedNats
from rapport.postgres import EmbeddedPostgres
from rapport.processes import ProcessSpec, ServiceProcess
from rapport.supervisor import Supervisor

async def run(folder):
    idle = ProcessSpec(
        name="idle", argv=(sys.executable, "-c", "import signal; signal.pause()"), env={}
    )
    members = [
        EmbeddedPostgres(folder / "postgres", durable=False),
        EmbeddedNats(folder / "nats"),
        ServiceProcess(idle),
    ]
    async with Supervisor() as supervisor:
        for member in members:
            await supervisor.add(member)
        (folder / "pids.new").write_text(json.dumps([member.pid for member in members]))
        (folder / "pids.new").rename(folder / "pids")
        await supervisor.until_stopped()

asyncio.run(run(Path(sys.argv[1])))
"""


@pytest.fixture
def lines() -> Iterator[list[EventDict]]:
    """The log lines written during a test."""
    with capture_logs() as captured:
        yield captured


class RecordedMember:
    """A member that only notes what it was told; it can hang where it is told to."""

    def __init__(self, name: str, *, notes: list[str], hangs_in: str = "") -> None:
        self.name = name
        self.pid: int | None = None
        self._notes = notes
        self._hangs_in = hangs_in
        self._ended = asyncio.Event()

    async def start(self) -> None:
        """Note it."""
        await self._note("start")

    async def wait(self) -> int:
        """Wait until stopped or killed."""
        await self._ended.wait()
        return 0

    async def stop(self) -> None:
        """Note it."""
        await self._note("stop")

    async def kill(self) -> None:
        """Note it."""
        await self._note("kill")

    async def _note(self, what: str) -> None:
        self._notes.append(f"{what} {self.name}")
        if what == self._hangs_in:
            await asyncio.Event().wait()
        if what != "start":
            self._ended.set()


async def test_members_start_in_order_and_drain_in_reverse() -> None:
    """Dependencies first up, last down."""
    notes: list[str] = []

    async with Supervisor() as supervisor:
        for name in ("postgres", "identity", "gateway"):
            await supervisor.add(RecordedMember(name, notes=notes))

    assert notes == [
        *("start postgres", "start identity", "start gateway"),
        *("stop gateway", "stop identity", "stop postgres"),
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signal_asks_for_the_drain(number: signal.Signals) -> None:
    """Ctrl-C and a polite kill both end in an ordinary stop."""
    notes: list[str] = []

    async with asyncio.timeout(10), Supervisor() as supervisor:
        await supervisor.add(RecordedMember("gateway", notes=notes))
        os.kill(os.getpid(), number)
        await supervisor.until_stopped()

    assert notes == ["start gateway", "stop gateway"]


async def test_signal_during_a_start_drains_what_stands() -> None:
    """Nobody waits for a start that is no longer wanted, and it is no error."""
    notes: list[str] = []

    async with asyncio.timeout(10), Supervisor() as supervisor:
        await supervisor.add(RecordedMember("postgres", notes=notes))
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGINT)
        await supervisor.add(RecordedMember("slow", notes=notes, hangs_in="start"))
        notes.append("never reached")

    assert notes == ["start postgres", "start slow", "stop slow", "stop postgres"]


async def test_second_interrupt_kills_at_once() -> None:
    """Whoever presses Ctrl-C again does not want to wait for a drain."""
    notes: list[str] = []

    async def press_again() -> None:
        while "kill stuck" not in notes:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.05)

    async with asyncio.timeout(10), asyncio.TaskGroup() as group, Supervisor() as supervisor:
        await supervisor.add(RecordedMember("postgres", notes=notes))
        await supervisor.add(RecordedMember("stuck", notes=notes, hangs_in="stop"))
        group.create_task(press_again())
        await supervisor.until_stopped()

    assert notes[2:] == ["stop stuck", "kill postgres", "kill stuck"]


async def test_failing_first_start_is_told_and_the_rest_drained() -> None:
    """A deployment that cannot stand does not half stand."""
    notes: list[str] = []
    broken = ServiceProcess(_spec("broken", "raise SystemExit(3)", ready=_never))

    async def deploy() -> None:
        async with Supervisor() as supervisor:
            await supervisor.add(RecordedMember("postgres", notes=notes))
            await supervisor.add(broken)

    with pytest.raises(NotStartedError, match="broken did not start: it ended with code 3"):
        await deploy()

    assert notes == ["start postgres", "stop postgres"]


async def test_program_that_is_absent_is_told() -> None:
    """A wrong path is named, not a traceback of the fork."""
    absent = ServiceProcess(ProcessSpec(name="absent", argv=("/no/such/program",), env={}))

    with pytest.raises(NotStartedError, match="/no/such/program"):
        await absent.start()


def test_delay_doubles_to_its_ceiling() -> None:
    """0.2 s at first, never more than 10 s."""
    delays = [Backoff().delay_seconds(failures=failures) for failures in range(1, 10)]

    assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0, 10.0]
    assert Backoff().delay_seconds(failures=100_000) == 10.0


async def test_killed_process_is_started_again(lines: list[EventDict]) -> None:
    """A crash costs a moment, and the other members do not notice."""
    notes: list[str] = []
    process = ServiceProcess(_spec("idle", _IDLE))

    async with asyncio.timeout(20), Supervisor(backoff=_AT_ONCE) as supervisor:
        await supervisor.add(RecordedMember("postgres", notes=notes))
        await supervisor.add(process)
        killed = process.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        await until(lambda: process.pid not in {None, killed})
        await until(lambda: "member_restarted" in _events(lines))
        assert notes == ["start postgres"]

    assert process.pid is None
    assert lines[2] == {
        "event": "member_ended",
        "log_level": "warning",
        "member": "idle",
        "code": -signal.SIGKILL,
    }


async def test_process_that_ends_at_once_is_tried_again_and_again(tmp_path: Path) -> None:
    """A process that cannot live is tried until it can, with pauses in between."""
    ready_twice = tmp_path / "starts"
    script = f"import pathlib; pathlib.Path({str(ready_twice)!r}).open('a').write('x')"
    process = ServiceProcess(_spec("brief", script))

    async with asyncio.timeout(20), Supervisor(backoff=_AT_ONCE) as supervisor:
        await supervisor.add(process)
        await until(lambda: ready_twice.exists() and len(ready_twice.read_text()) >= 4)


async def test_restart_that_fails_is_tried_again(tmp_path: Path) -> None:
    """While the program does not become ready the restart fails, and afterwards it succeeds."""
    allowed = tmp_path / "allowed"
    allowed.touch()
    script = f"import pathlib, signal; pathlib.Path({str(allowed)!r}).stat(); signal.pause()"

    async def allowed_now() -> bool:
        return allowed.exists()

    process = ServiceProcess(_spec("moody", script, ready=allowed_now))
    async with asyncio.timeout(20), Supervisor(backoff=_AT_ONCE) as supervisor:
        await supervisor.add(process)
        killed = process.pid
        assert killed is not None
        allowed.unlink()
        os.kill(killed, signal.SIGKILL)
        await until(lambda: process.pid not in {None, killed})
        await until(lambda: process.pid is None)
        allowed.touch()
        await until(lambda: process.pid is not None)


async def test_stubborn_process_is_killed_after_its_drain_time(tmp_path: Path) -> None:
    """A process that ignores SIGTERM does not hold up the end."""
    deaf = tmp_path / "deaf"

    async def is_deaf() -> bool:
        return deaf.exists()

    argv = (sys.executable, "-c", _STUBBORN, str(deaf))
    process = ServiceProcess(ProcessSpec(name="stubborn", argv=argv, env={}, drain_seconds=0.2, ready=is_deaf))
    await process.start()

    async with asyncio.timeout(10):
        await process.stop()

    assert await process.wait() == -signal.SIGKILL


async def test_process_that_drains_in_time_is_not_killed() -> None:
    """SIGTERM is enough for who listens to it."""
    process = ServiceProcess(_spec("idle", _IDLE))
    await process.start()

    await process.stop()

    assert await process.wait() == -signal.SIGTERM


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes through /proc")
async def test_killed_postgres_comes_back_with_rows_and_port(tmp_path: Path, lines: list[EventDict]) -> None:
    """The services' URL stays right and their rows stay there."""
    postgres = EmbeddedPostgres(tmp_path / "postgres", durable=False)

    async with asyncio.timeout(60), Supervisor(backoff=_AT_ONCE) as supervisor:
        await supervisor.add(postgres)
        url, killed = postgres.url(), postgres.pid
        await ask(postgres, "create table kept as select 7 as n")
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        await until(lambda: "member_restarted" in _events(lines))
        assert postgres.url() == url
        assert await ask(postgres, "select n from kept") == 7


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes through /proc")
async def test_postgres_killed_while_it_recovers_comes_back_too(tmp_path: Path, lines: list[EventDict]) -> None:
    """A second kill, however early, is one more failure and does not end the deployment."""
    postgres = EmbeddedPostgres(tmp_path / "postgres", durable=False)

    async with asyncio.timeout(60), Supervisor(backoff=_AT_ONCE) as supervisor:
        await supervisor.add(postgres)
        killed: set[int | None] = {None}
        for _ in range(5):
            await until(lambda: postgres.pid not in killed)
            assert postgres.pid is not None
            killed.add(postgres.pid)
            os.kill(postgres.pid, signal.SIGKILL)
        await until(lambda: _events(lines)[-1] == "member_restarted" and postgres.pid not in killed)
        assert await ask(postgres, "select 1") == 1


async def test_killed_nats_comes_back_on_its_port(tmp_path: Path, lines: list[EventDict]) -> None:
    """The same for the courier."""
    server = EmbeddedNats(tmp_path / "nats")

    async with asyncio.timeout(60), Supervisor(backoff=_AT_ONCE) as supervisor:
        await supervisor.add(server)
        url, killed = server.url, server.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        await until(lambda: "member_restarted" in _events(lines))
        assert server.url == url


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
async def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    """No orphan keeps a port or the data, and the next run finds its folders free."""
    supervisor = _run_whole_deployment(tmp_path)
    await until((tmp_path / "pids").exists, seconds=60)
    pids: list[int] = json.loads((tmp_path / "pids").read_text())
    assert all(is_alive(pid) for pid in pids)

    supervisor.kill()
    supervisor.wait(10)

    await until(lambda: not any(is_alive(pid) for pid in pids))
    again = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    await again.start()
    assert await ask(again, "select 1") == 1
    await again.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_interrupted_deployment_ends_cleanly(tmp_path: Path) -> None:
    """Ctrl-C: exit code 0 and no process left."""
    supervisor = _run_whole_deployment(tmp_path)
    await until((tmp_path / "pids").exists, seconds=60)
    pids: list[int] = json.loads((tmp_path / "pids").read_text())

    supervisor.send_signal(signal.SIGINT)

    assert supervisor.wait(30) == 0
    assert not any(is_alive(pid) for pid in pids)


def _spec(name: str, script: str, *, ready: Callable[[], Awaitable[bool]] | None = None) -> ProcessSpec:
    return ProcessSpec(name=name, argv=(sys.executable, "-c", script), env={}, ready=ready)


async def _never() -> bool:
    return False


def _events(lines: list[EventDict]) -> list[str]:
    return [line["event"] for line in lines]


def _run_whole_deployment(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen((sys.executable, "-c", _WHOLE_DEPLOYMENT, str(folder)), cwd=Path(__file__).parents[2])
