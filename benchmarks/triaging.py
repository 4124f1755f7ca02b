"""triage_per_core, triage_p99_ms, triage_memory_mb, triage_cold_ms: every head on invented messages, in a process of its own.

Reads the phrases written for the project; never a database, never a server.
"""

import asyncio
import json
import sys
from pathlib import Path

from benchmarks.results import Result, alone

RUNS = 3
_UNITS = {
    "triage_per_core": ("messages/CPU s", "all heads, batches of 64, every phrase of the project in turn, CPU time of one thread"),
    "triage_p99_ms": ("ms", "all heads, one message at a time, CPU time"),
    "triage_memory_mb": ("MB", "resident after all that, interpreter and libraries included"),
    "triage_cold_ms": ("ms", "imports, model and lists, first message; wall clock in a new process"),
}
_MEASURED = """
import time
began = time.perf_counter()
from services.routing.triage import Message, analyse
analyse([Message(id="", text="Hello")])
cold = (time.perf_counter() - began) * 1000
import json, os, sys
from pathlib import Path
texts = [json.loads(line)["text"] for path in sorted(Path(sys.argv[1]).glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]
batch = [Message(id=str(place), text=text) for place, text in enumerate(texts)]
analyse(batch)
began, done = time.process_time(), 0
while time.process_time() - began < float(sys.argv[2]):
    done += len(analyse(batch[:1024]))
    batch = batch[1024:] + batch[:1024]
rate = done / (time.process_time() - began)
took = []
for each in batch:
    began = time.process_time_ns()
    analyse([each])
    took.append(time.process_time_ns() - began)
resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
print(json.dumps([rate, sorted(took)[int(len(took) * 0.99)] / 1e6, resident, cold]))
"""


async def measure_triage(*, quick: bool) -> list[Result]:
    """Three processes one after another (one, if quick)."""
    runs = [await _run(seconds=1.0 if quick else 5.0) for _ in range(1 if quick else RUNS)]
    columns = dict(zip(_UNITS, zip(*runs, strict=True), strict=True))
    return [alone(name, runs=columns[name], unit=unit, how=how) for name, (unit, how) in _UNITS.items()]


async def _run(*, seconds: float) -> list[float]:
    root = Path(__file__).parent.parent
    phrases = root / "services/routing/triage/phrases"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _MEASURED, str(phrases), str(seconds), cwd=root, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError("triage could not be measured; what stands above says why")
    found: list[float] = json.loads(said)
    return found
