"""The form of results.json, and what stands in it about the machine. Written by `__main__`, read by people and by later checks.

Never measures anything.
"""

import asyncio
import json
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).with_name("results.json")
_GIT_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One figure. For a comparison `figure` is ours divided by theirs; else it is ours, and `theirs` is None.

    `ours` and `theirs` are medians, `runs` is how many runs each of them is the median of, `how` says in words what was done.
    """

    name: str
    figure: float
    unit: str
    ours: float
    theirs: float | None
    runs: int
    how: str


def compared(name: str, *, ours: Sequence[float], theirs: Sequence[float], unit: str, how: str) -> Result:
    """A comparison from alternating runs: the quotient of the medians. `unit` is that of ours and theirs."""
    mine, others = statistics.median(ours), statistics.median(theirs)
    return Result(
        name=name,
        figure=_rounded(mine / others),
        unit=f"ratio of {unit}",
        ours=_rounded(mine),
        theirs=_rounded(others),
        runs=min(len(ours), len(theirs)),
        how=how,
    )


def alone(name: str, *, runs: Sequence[float], unit: str, how: str) -> Result:
    """A figure that is compared with nothing: the median of its runs."""
    middle = _rounded(statistics.median(runs))
    return Result(name=name, figure=middle, unit=unit, ours=middle, theirs=None, runs=len(runs), how=how)


def document(results: Sequence[Result], *, machine: Mapping[str, object], revision: str) -> dict[str, object]:
    """The whole file as plain data."""
    return {"machine": dict(machine), "revision": revision, "results": [asdict(each) for each in results]}


def write(results: Sequence[Result], *, machine: Mapping[str, object], revision: str, whole: bool, file: Path = FILE) -> bool:
    """Write the file; figures of the same revision that were not measured this time stay in it.

    False, and the file as it was, where it holds another revision's figures and these are not the `whole` of them: a file never
    mixes revisions, nor does a part take the place of all.
    """
    earlier = _earlier(file)
    names = {each.name for each in results}
    if earlier is not None and earlier[0] == revision:
        kept = [each for each in earlier[1] if each.name not in names]
    elif earlier is None or whole:
        kept = []
    else:
        return False
    form = document(sorted([*kept, *results], key=lambda each: each.name), machine=machine, revision=revision)
    file.write_text(json.dumps(form, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return True


def machine() -> dict[str, object]:
    """What the figures depend on; no name of the machine."""
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "python": platform.python_version(),
    }


async def revision() -> str:
    """The commit that is measured; "+" where files differ from it, empty outside a checkout."""
    head = await _git("rev-parse", "--short=12", "HEAD")
    changed = await _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!benchmarks/results.json")
    return f"{head}+" if changed else head


def _earlier(file: Path) -> tuple[str, list[Result]] | None:
    """Revision and figures of the file; None without one."""
    if not file.exists():
        return None
    found = json.loads(file.read_text(encoding="utf-8"))
    return found["revision"], [Result(**each) for each in found["results"]]


def _rounded(value: float) -> float:
    """Three digits are more than a shared machine repeats."""
    return float(f"{value:.3g}") if abs(value) < 1000 else float(round(value))


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    found = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(found, platform.processor())


async def _git(*arguments: str) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            "git", *arguments, cwd=FILE.parent.parent, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        output, _ = await asyncio.wait_for(process.communicate(), timeout=_GIT_SECONDS)
    except OSError:
        return ""
    return output.decode().strip()
