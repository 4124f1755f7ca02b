"""import_rows_per_second: how fast a file of people comes in, from the upload through the gateway to its last row."""

import asyncio
import time

import aiohttp
import orjson

from benchmarks.results import Result, alone
from benchmarks.stage import HISTORY, Stage

RUNS = 3
_CALL_SECONDS = 120.0
_END_SECONDS = 900.0
_LOOK_SECONDS = 0.2
_LOOKS_A_TOKEN = 600
_HOW = (
    "JSON lines through POST /v1/imports, everything running: a network's id, a handle, a name, an address that every second person shares "
    "with another, a number for every fourth, and an attribute; 100,000 rows a run, from sending the file to its last row"
)


async def measure_import(stage: Stage, *, quick: bool) -> list[Result]:
    """Bring people in, other ones in each run."""
    rows = 5_000 if quick else 100_000
    runs = [await _run(stage, body_of(rows, run=run), rows=rows) for run in range(1 if quick else RUNS)]
    return [alone("import_rows_per_second", runs=runs, unit="rows/s", how=_HOW)]


def body_of(rows: int, *, run: int) -> bytes:
    """People who are nobody, the same in every call."""
    return b"\n".join(orjson.dumps(_person(number, run=run)) for number in range(rows))


def _person(number: int, *, run: int) -> dict[str, object]:
    known = {"network": ("crm", "x")[number % 2], "external_id": f"{run}-{number}", "handle": f"bench{run}x{number}"}
    named = {"name": f"{_word(number // 2)} {_word(number // 2 * 7919 + run)}", "attributes": {"tier": ("gold", "silver")[number % 2]}}
    address = {"value": f"p{number // 2}@run{run}.example", "verified": True}
    return {**known, **named, "emails": [address], "phones": [f"+346{run}{number:07}"] if number % 4 == 0 else []}


def _word(number: int) -> str:
    """A name that few have: four of the 26 letters."""
    return "".join(chr(97 + number // 26**place % 26) for place in range(4)).title()


async def _run(stage: Stage, body: bytes, *, rows: int) -> float:
    await stage.settle()
    headers = {"authorization": f"Bearer {await stage.token(workspace=HISTORY)}", "content-type": "application/octet-stream"}
    timeout = aiohttp.ClientTimeout(total=_CALL_SECONDS)
    began = time.perf_counter()
    async with aiohttp.ClientSession(timeout=timeout) as session:
        async with session.post(f"{stage.running.url}/v1/imports", data=body, headers=headers) as answer:
            answer.raise_for_status()
            import_ = (await answer.json())["id"]
        await _wait(stage, session, import_)
    return rows / (time.perf_counter() - began)


async def _wait(stage: Stage, session: aiohttp.ClientSession, import_: str) -> None:
    """Until its last row; a token is good for five minutes, and costs more than a look."""
    async with asyncio.timeout(_END_SECONDS):
        while True:
            token = await stage.token(workspace=HISTORY)
            for _ in range(_LOOKS_A_TOKEN):
                if await _is_over(stage, session, import_, token=token):
                    return
                await asyncio.sleep(_LOOK_SECONDS)


async def _is_over(stage: Stage, session: aiohttp.ClientSession, import_: str, *, token: str) -> bool:
    headers = {"authorization": f"Bearer {token}"}
    async with session.get(f"{stage.running.url}/v1/imports/{import_}", headers=headers) as answer:
        answer.raise_for_status()
        told = await answer.json()
    if told["state"] not in {"queued", "running", "done"}:
        message = f"the import ended as {told['state']}: {told['reason']}"
        raise RuntimeError(message)
    return bool(told["state"] == "done")
