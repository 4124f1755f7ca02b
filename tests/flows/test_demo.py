"""`rapport demo` as a person runs it: any seed passes, an interruption leaves nothing behind, no log line tells what was said."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = [pytest.mark.flow, pytest.mark.timeout(120)]
ROOT = Path(__file__).parents[2]
MARK = "Zq7Xmark"
RUN_SECONDS = 90


@dataclass(frozen=True)
class Ended:
    """What a run left: its exit code and what it printed."""

    code: int
    output: str


async def begin_demo(*arguments: str, temporary: Path, **env: str) -> asyncio.subprocess.Process:
    temporary.mkdir(exist_ok=True)  # noqa: ASYNC240 - a moment, before anything runs
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "rapport.cli",
        "demo",
        *arguments,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary), "COLUMNS": "200", **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def end_of(demo: asyncio.subprocess.Process) -> Ended:
    async with asyncio.timeout(RUN_SECONDS):
        output, _ = await demo.communicate()
    return Ended(demo.returncode if demo.returncode is not None else -1, output.decode())


async def test_a_seed_passes_and_no_log_line_tells_a_secret_a_token_a_text_or_an_address(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    arguments = ("--seed", "42", "--mark", MARK, "--keep", str(kept))

    ended = await end_of(await begin_demo(*arguments, temporary=tmp_path / "tmp", LOG_LEVEL="debug"))

    assert ended.code == 0, ended.output
    assert "All of it is true." in ended.output
    assert "✗" not in ended.output
    assert list((tmp_path / "tmp").iterdir()) == []
    assert ended.output.count(MARK) > 10, "the mark is not in what is shown, so its absence elsewhere says nothing"
    logs = {file.name: file.read_text(errors="replace") for file in (kept / "logs").iterdir()}
    assert logs.keys() == {"demo.log", "gateway-1.log", "gateway-2.log", "identity.log", "engagement.log", "routing.log"}
    assert all(logs.values()), "a process wrote no log"
    servers = {f"{name}.log": (kept / name / "server.log").read_text(errors="replace") for name in ("postgres", "nats")}
    for name, text in {**logs, **servers}.items():
        for forbidden in (MARK, "whsec_", "rk_", "eyJ", "Bearer "):
            lines = [line for line in text.splitlines() if forbidden.lower() in line.lower()]
            assert lines == [], f"{name} tells {forbidden}"


async def test_an_interruption_cleans_up(tmp_path: Path) -> None:
    demo = await begin_demo("--seed", "3", temporary=tmp_path / "tmp")
    async with asyncio.timeout(RUN_SECONDS):
        while not list((tmp_path / "tmp").glob("rapport-demo-*/logs/gateway-2.log")):  # noqa: ASYNC110 - the condition is about another process
            await asyncio.sleep(0.05)

    demo.send_signal(signal.SIGINT)
    ended = await end_of(demo)

    assert ended.code == 130, ended.output
    assert "cleaned up" in ended.output
    assert "Traceback" not in ended.output
    assert list((tmp_path / "tmp").iterdir()) == []


async def test_a_folder_that_exists_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("stays")

    ended = await end_of(await begin_demo("--keep", str(tmp_path), temporary=tmp_path / "tmp"))

    assert ended.code == 2
    assert "name a new folder" in ended.output
    assert (tmp_path / "precious").read_text() == "stays"
