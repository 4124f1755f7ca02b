"""The load generator: a program of its own (`python -m benchmarks.load`), so that its cost is not that of what is measured.

Takes a Plan as JSON on standard input, gives an Outcome as JSON on standard output. Knows HTTP just enough: one request at
a time on each kept connection, answers with a Content-Length. Started by `driving`.
"""

import asyncio
import gc
import json
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count, cycle
from typing import cast

import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_DRAIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to send where. A request is its `pieces` joined by a value: the next of `values`, else a number of ten digits.

    Without `rate_per_second` each connection sends its next request when the last was answered; with it requests leave at that
    rate whatever happens, and a time counts from when its request was due.
    """

    unix: str | None = None
    port: int | None = None
    requests: Sequence[Sequence[str]]
    values: Sequence[str] = ()
    first_number: int = 1_000_000_000
    connections: int
    seconds: float
    warm_seconds: float = 0.5
    rate_per_second: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came back after the warm-up. `refused` counts answers other than 200; `next_number` was not sent yet."""

    answered: int
    refused: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    cpu_seconds: float
    next_number: int

    @property
    def per_second(self) -> float:
        """Answers 200 a second."""
        return (self.answered - self.refused) / self.seconds


class Lane(asyncio.Protocol):
    """One kept connection. `answered` is called with the status of each answer."""

    def __init__(self, answered: Callable[["Lane", bytes], None]) -> None:
        self._answered = answered
        self._transport: asyncio.WriteTransport
        self._buffer = b""
        self._expected = 0
        self.due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's transports do not derive from asyncio's

    def send(self, request: bytes, *, due: float) -> None:
        """Send a request that was due at a time of `perf_counter`."""
        self.due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Gather until the answer is whole."""
        self._buffer = self._buffer + data if self._buffer else data
        if not self._expected:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            found = _LENGTH.search(self._buffer, 0, end)
            self._expected = end + 4 + (int(found.group(1)) if found else 0)
        if len(self._buffer) >= self._expected:
            status = self._buffer[9:12]
            self._buffer, self._expected = b"", 0
            self._answered(self, status)

    def close(self) -> None:
        """Leave."""
        self._transport.close()


class Load:
    """One plan under way."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._requests = cycle([[piece.encode() for piece in pieces] for pieces in plan.requests])
        self._numbers = count(plan.first_number)
        self._values = self._slots()
        self._idle: deque[Lane] = deque()
        self._overdue: deque[tuple[bytes, float]] = deque()
        self._times: list[float] = []
        self._refused = 0
        self._began = self._ends = 0.0
        self._over = False
        self._done = asyncio.Event()

    async def run(self) -> Outcome:
        """Send for the plan's length and wait for the last answers."""
        lanes = [await self._connect() for _ in range(self._plan.connections)]
        self._began = time.perf_counter() + self._plan.warm_seconds
        self._ends = self._began + self._plan.seconds
        cpu = time.process_time()
        if self._plan.rate_per_second:
            self._idle.extend(lanes)
            await self._send_at_rate(self._plan.rate_per_second)
        else:
            for lane in lanes:
                lane.send(self._next(), due=time.perf_counter())
        async with asyncio.timeout(self._plan.warm_seconds + self._plan.seconds + _DRAIN_SECONDS):
            await self._done.wait()
        for lane in lanes:
            lane.close()
        return self._outcome(cpu_seconds=time.process_time() - cpu)

    async def _connect(self) -> Lane:
        loop = asyncio.get_running_loop()
        made = Lane(self._answered)
        if self._plan.unix:
            await loop.create_unix_connection(lambda: made, self._plan.unix)
        else:
            await loop.create_connection(lambda: made, "127.0.0.1", self._plan.port or 0)
        return made

    async def _send_at_rate(self, rate: float) -> None:
        due = time.perf_counter()
        while due < self._ends:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if self._idle:
                self._idle.popleft().send(self._next(), due=due)
            else:
                self._overdue.append((self._next(), due))
            due += 1 / rate
        self._over = True
        self._settle()

    def _answered(self, lane: Lane, status: bytes) -> None:
        now = time.perf_counter()
        if lane.due >= self._began and (self._plan.rate_per_second or now <= self._ends):
            self._times.append(now - lane.due)
            self._refused += status != b"200"
        if self._plan.rate_per_second:
            self._take_on(lane)
        elif now < self._ends:
            lane.send(self._next(), due=now)
        else:
            self._over = True
            self._rest(lane)

    def _take_on(self, lane: Lane) -> None:
        if self._overdue:
            request, due = self._overdue.popleft()
            lane.send(request, due=due)
        else:
            self._rest(lane)

    def _rest(self, lane: Lane) -> None:
        self._idle.append(lane)
        self._settle()

    def _settle(self) -> None:
        """The last answer may come before the plan's end, when the last request has left already."""
        if self._over and len(self._idle) == self._plan.connections:
            self._done.set()

    def _next(self) -> bytes:
        return next(self._values).join(next(self._requests))

    def _slots(self) -> Iterator[bytes]:
        if self._plan.values:
            yield from cycle([value.encode() for value in self._plan.values])
        for number in self._numbers:
            yield b"%010d" % number

    def _outcome(self, *, cpu_seconds: float) -> Outcome:
        times = sorted(self._times)
        return Outcome(
            answered=len(times),
            refused=self._refused,
            seconds=self._plan.seconds,
            p50_ms=_quantile(times, 0.5) * 1000,
            p99_ms=_quantile(times, 0.99) * 1000,
            max_ms=_quantile(times, 1.0) * 1000,
            cpu_seconds=cpu_seconds,
            next_number=next(self._numbers),
        )


def _quantile(ordered: Sequence[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else float("nan")


def main() -> None:
    """Run the plan that stands on standard input."""
    plan = Plan(**json.load(sys.stdin))
    gc.disable()
    outcome = asyncio.Runner(loop_factory=uvloop.new_event_loop).run(Load(plan).run())
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
