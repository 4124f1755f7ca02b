"""Keeps the embedded servers and our processes running: ordered start, restart, ordered drain.

Used by `rapport up` and `rapport demo`. Knows nothing of what its members do, and takes no member
down because another crashed: they reconnect.
"""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import structlog

from rapport.errors import RunningError, StopRequestedError

T = TypeVar("T")
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# Some launchers pass on the Ctrl-C that the terminal has already sent to us: that is one, not two.
_SAME_KEYSTROKE_SECONDS = 0.5


class Member(Protocol):
    """What is supervised. `start` may be called again after the end, and keeps addresses.

    Not checked: that `start` returns only when the member is ready, and leaves nothing behind when
    it raises or is cancelled; that `stop` ends by itself, however stubborn the child.
    """

    name: str

    @property
    def pid(self) -> int | None:
        """The pid while it runs."""

    async def start(self) -> None:
        """Begin and return when ready."""

    async def wait(self) -> int:
        """Answer the exit code after the end."""

    async def stop(self) -> None:
        """End in order."""

    async def kill(self) -> None:
        """End at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Backoff:
    """Seconds before a restart: `first`, doubled up to `ceiling`, forgotten after `healthy`."""

    first_seconds: float = 0.2
    ceiling_seconds: float = 10.0
    healthy_seconds: float = 30.0

    def delay_seconds(self, *, failures: int) -> float:
        """Answer the delay before the restart that follows this many failures in a row."""
        return min(self.first_seconds * 2.0 ** min(failures - 1, 30), self.ceiling_seconds)


class Supervisor:
    """Members in the order they were added, drained in the opposite order when the block is left.

        async with Supervisor() as supervisor:
            await supervisor.add(postgres)
            await supervisor.add(process)
            await supervisor.until_stopped()

    Inside the block SIGINT and SIGTERM ask for the end; a second Ctrl-C kills everything at once.
    A signal while `add` waits ends the block too, without an error.
    """

    def __init__(self, *, backoff: Backoff | None = None) -> None:
        self._backoff = backoff or Backoff()
        self._members: list[Member] = []
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()
        self._killing = asyncio.Event()
        self._interrupted_at: float | None = None
        self._log = structlog.get_logger("rapport.supervisor")

    async def __aenter__(self) -> Self:
        """Take over SIGINT and SIGTERM."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._on_signal, number)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Drain, give the signals back, and swallow the error that only says a signal came."""
        self.request_stop()
        try:
            await self._drain_or_kill()
        finally:
            for number in _SIGNALS:
                asyncio.get_running_loop().remove_signal_handler(number)
        return isinstance(error, StopRequestedError)

    async def add(self, member: Member) -> None:
        """Start the member, return when it is ready, and keep it running from then on.

        Raises the member's error if this first start fails, StopRequestedError after a signal.
        """
        self._members.append(member)
        began = asyncio.get_running_loop().time()
        await self.complete(member.start(), step=f"start {member.name}")
        seconds = round(asyncio.get_running_loop().time() - began, 3)
        self._log.info("member_started", member=member.name, pid=member.pid, seconds=seconds)
        watch = asyncio.create_task(self._keep_running(member), name=f"watch {member.name}")
        self._watches[member.name] = watch

    async def complete(self, work: Coroutine[Any, Any, T], *, step: str) -> T:
        """Do a step between two members (migrations); a signal cancels it.

        Raises StopRequestedError after a signal, else what the step raises.
        """
        doing = asyncio.create_task(work, name=step)
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            finished = doing.done()
            await _cancel(doing, stopping)
        if not finished:
            raise StopRequestedError(step)
        return doing.result()

    async def until_stopped(self) -> None:
        """Return when a signal or request_stop() asked for the end.

        Raises what ended a watch by mistake, so that a defect of ours is never silent.
        """
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({stopped, *self._watches.values()}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
        for watch in self._watches.values():
            if watch.done() and not self._stopping.is_set():
                watch.result()

    def request_stop(self) -> None:
        """Ask for the drain; asking twice changes nothing."""
        self._stopping.set()

    def _on_signal(self, number: signal.Signals) -> None:
        now = asyncio.get_running_loop().time()
        self._log.info("stop_requested", signal=signal.Signals(number).name)
        if number == signal.SIGINT:
            first = self._interrupted_at
            if first is not None and now - first > _SAME_KEYSTROKE_SECONDS:
                self._killing.set()
            self._interrupted_at = first if first is not None else now
        self.request_stop()

    async def _keep_running(self, member: Member) -> None:
        """Wait for the member's end and start it again, until the drain begins."""
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            ready_at = loop.time()
            code = await member.wait()
            if self._stopping.is_set():
                return
            if loop.time() - ready_at >= self._backoff.healthy_seconds:
                failures = 0
            self._log.warning("member_ended", member=member.name, code=code)
            failures = await self._restart(member, failures=failures)
            if self._stopping.is_set():
                return

    async def _restart(self, member: Member, *, failures: int) -> int:
        """Try until the member is ready or the drain begins; answer the failures in a row."""
        while not self._stopping.is_set():
            failures += 1
            delay = self._backoff.delay_seconds(failures=failures)
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._stopping.wait()
                return failures
            try:
                await self.complete(member.start(), step=f"start {member.name}")
            except StopRequestedError:
                return failures
            except (RunningError, OSError) as failure:
                self._log.error("member_not_restarted", member=member.name, reason=str(failure))
                continue
            self._log.info("member_restarted", member=member.name, pid=member.pid, failures=failures)
            return failures
        return failures

    async def _drain_or_kill(self) -> None:
        """Stop one member after the other, last added first; all at once when told to kill."""
        draining = asyncio.create_task(self._drain())
        killing = asyncio.create_task(self._killing.wait())
        try:
            await asyncio.wait({draining, killing}, return_when=asyncio.FIRST_COMPLETED)
            if not draining.done():
                await _cancel(draining)
                self._log.warning("killing")
                # The failure of one does not spare the others.
                await asyncio.gather(*(member.kill() for member in self._members), return_exceptions=True)
        finally:
            await _cancel(draining, killing, *self._watches.values())
        if not draining.cancelled():
            draining.result()

    async def _drain(self) -> None:
        for member in reversed(self._members):
            began = asyncio.get_running_loop().time()
            # A restart that is just under way gives up first, else it would undo the stop.
            await self._end_watch_of(member)
            try:
                await member.stop()
            except OSError as failure:
                self._log.error("member_not_stopped", member=member.name, reason=str(failure))
                continue
            seconds = round(asyncio.get_running_loop().time() - began, 3)
            self._log.info("member_stopped", member=member.name, seconds=seconds)

    async def _end_watch_of(self, member: Member) -> None:
        watch = self._watches.get(member.name)
        if watch is not None:
            await _cancel(watch)


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    """Cancel and wait for the end; results and errors stay in the tasks."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
