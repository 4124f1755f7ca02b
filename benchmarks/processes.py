"""What processes use: memory and processor time, from /proc. Called by figures; answers nothing where there is no /proc."""

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_WATCHED_SECONDS = 1.0


class UnmeasurableError(Exception):
    """This system does not say what a process uses."""


def family(pids: Iterable[int]) -> set[int]:
    """These processes and all that descend from them. Raises UnmeasurableError."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    found: set[int] = set()
    waiting = list(pids)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting.extend(children.get(pid, ()))
    return found


def proportional_mb(pids: Iterable[int]) -> float:
    """Memory in MB (2**20 bytes): each page counts for a process by its share of it (PSS)."""
    return sum(_proportional_kb(pid) for pid in pids) / 1024


def processor_seconds(pids: Iterable[int]) -> float:
    """Processor time used so far, user and system."""
    return sum(_ticks(pid) for pid in pids) / _TICKS


async def quiet(roots: Iterable[int], *, share: float, within_seconds: float) -> bool:
    """Wait until the processes together use less than `share` of one core over a second; False where they do not in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_seconds
    pids = family(roots)
    used = processor_seconds(pids)
    while loop.time() < deadline:
        await asyncio.sleep(_WATCHED_SECONDS)
        now = processor_seconds(pids)
        if now - used < share * _WATCHED_SECONDS:
            return True
        used = now
    return False


def _parents() -> list[tuple[int, int]]:
    if not (_PROC / "self" / "stat").exists():
        raise UnmeasurableError("memory and processor time are read from /proc, which this system has not")
    found = ((int(entry.name), _stat(int(entry.name))) for entry in _PROC.iterdir() if entry.name.isdigit())
    return [(pid, int(stat[1])) for pid, stat in found if stat]


def _stat(pid: int) -> list[str]:
    """The fields behind the program's name; none where the process has ended."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _ticks(pid: int) -> int:
    stat = _stat(pid)
    return int(stat[11]) + int(stat[12]) if stat else 0


def _proportional_kb(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    except PermissionError as error:
        raise UnmeasurableError(f"the memory of process {pid} may not be read") from error
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
