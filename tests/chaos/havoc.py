"""Who dies when: processes by SIGKILL, PostgreSQL by an immediate shutdown, NATS with and without its store. Called by the run."""

import asyncio
import os
import random
import shutil
import signal
from collections.abc import Awaitable, Callable, Iterator

from rapport.deployment import Running
from rapport.supervisor import Member
from tests.chaos.plan import Plan
from tests.flows.waiting import until

PROCESSES = ("gateway-1", "identity", "engagement", "routing", "gateway-2")
BACK_SECONDS = 90.0
# One of the restarts of NATS comes after it stood still: connections stay open and nobody answers.
STANDSTILL_SECONDS = 15.0

Blow = Callable[[], Awaitable[None]]


class Havoc:
    """Deals the plan's blows at random moments, one after the other; a process that is killed had begun to serve."""

    def __init__(self, running: Running, plan: Plan) -> None:
        self._running = running
        self._plan = plan
        self._generator = random.Random(plan.seed)
        self.kills = 0

    async def run(self) -> None:
        """All blows, within the time that the traffic takes."""
        blows = list(self._blows())
        self._generator.shuffle(blows)
        loop = asyncio.get_running_loop()
        began, span = loop.time(), self._plan.traffic_seconds * 0.9
        moments = [(number + self._generator.random()) / len(blows) * span for number in range(len(blows))]
        for moment, (name, blow) in zip(moments, blows, strict=True):
            await asyncio.sleep(max(0.0, began + moment - loop.time()))
            await blow()
            self._plan.say(name)

    def _blows(self) -> Iterator[tuple[str, Blow]]:
        for number in range(self._plan.kills):
            victim = PROCESSES[number % len(PROCESSES)]
            yield f"kill -9 {victim}", lambda victim=victim: self._kill(victim)
        for _ in range(self._plan.postgres_restarts):
            yield "PostgreSQL shut down immediately", self._restart_postgres
        for number in range(self._plan.nats_restarts):
            how = {0: "its store deleted", 1: "after a standstill"}.get(number, "kept its store")
            yield f"NATS killed, {how}", lambda number=number: self._restart_nats(store_lost=number == 0, stands_still=number == 1)

    async def _kill(self, process: str) -> None:
        victim = self._running.processes[process]
        await until(victim.answers, seconds=BACK_SECONDS)
        await _end(victim, signal.SIGKILL)
        self.kills += 1

    async def _restart_postgres(self) -> None:
        assert self._running.postgres is not None
        await _end(self._running.postgres, signal.SIGQUIT)

    async def _restart_nats(self, *, store_lost: bool, stands_still: bool) -> None:
        server = self._running.nats
        assert server is not None
        assert server.pid is not None
        if stands_still:
            os.kill(server.pid, signal.SIGSTOP)
            await asyncio.sleep(min(STANDSTILL_SECONDS, self._plan.traffic_seconds / 10))
        before = server.pid
        os.kill(before, signal.SIGKILL)
        if store_lost:
            shutil.rmtree(self._running.deployment.folder / "nats" / "data")
        await _is_back(server, before=before)


async def _end(member: Member, number: signal.Signals) -> None:
    """Send the signal, and wait until the supervisor has started the member again."""
    before = member.pid
    assert before is not None
    os.kill(before, number)
    await _is_back(member, before=before)


async def _is_back(member: Member, *, before: int) -> None:
    async def again() -> bool:
        return member.pid not in {None, before}

    await until(again, seconds=BACK_SECONDS)
