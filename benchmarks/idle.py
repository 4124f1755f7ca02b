"""idle_memory_mb: what everything together takes while nothing happens. Starts a deployment of its own, as `rapport up` does."""

import asyncio
import os
import re
import signal
import sys
import tempfile
from pathlib import Path

import aiohttp

from benchmarks import processes
from benchmarks.results import Result, alone
from benchmarks.stage import free_port
from migrations import SERVICES
from rapport.deployment import GATEWAYS

RUNS = 3
_START_SECONDS = 90.0
_STOP_SECONDS = 40.0
_SETTLING_SECONDS = 5.0
_QUIET_SECONDS = 20.0
_PROCESSES = len(SERVICES) + GATEWAYS
_HOW = (
    "PSS of the supervisor, both gateways, identity, engagement, routing, PostgreSQL with all its backends and NATS, seconds after all of "
    "`rapport up` answered and everything was quiet; a start for each run"
)


async def measure_idle_memory(*, quick: bool) -> list[Result]:
    """Three starts on the same data (one, if quick)."""
    found: list[float] = []
    with tempfile.TemporaryDirectory(prefix="rapport-bench-") as folder:
        for run in range(1 if quick else RUNS):
            found.append(await _run(Path(folder)))
            print(f"  run {run + 1}: {found[-1]:.0f} MB", flush=True)
    return [alone("idle_memory_mb", runs=found, unit="MB", how=_HOW)]


async def _run(folder: Path) -> float:
    port = free_port()
    arguments = ("up", "--data", str(folder / "data"), "--port", str(port), "--no-sample")
    with (folder / "output").open("wb") as output:
        up = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "rapport.cli",
            *arguments,
            cwd=Path(__file__).parent.parent,
            env={**os.environ, "LOG_LEVEL": "error"},
            stdout=output,
            stderr=output,
        )
    try:
        await _until_ready(port)
        await asyncio.sleep(_SETTLING_SECONDS)
        await processes.quiet([up.pid], share=0.3, within_seconds=_QUIET_SECONDS)
        return processes.proportional_mb(processes.family([up.pid]))
    finally:
        up.send_signal(signal.SIGTERM)
        await asyncio.wait_for(up.wait(), timeout=_STOP_SECONDS)


async def _until_ready(port: int) -> None:
    """Until every process says that it is there, on the page where their figures are joined."""
    async with asyncio.timeout(_START_SECONDS), aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        while True:
            try:
                async with session.get("/metrics") as answer:
                    if re.findall(r"^rapport_process_up\{.*\} ([01])$", await answer.text(), re.MULTILINE) == ["1"] * _PROCESSES:
                        return
            except aiohttp.ClientError:
                pass  # it does not listen yet
            await asyncio.sleep(0.1)
