"""Log lines, trace ids and exports as a process shows them: run in a process of its own, its output read."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import orjson
import pytest
import structlog
from fastapi import Depends
from structlog.testing import capture_logs

from services.kit.access import Caller, require
from services.kit.telemetry import merge_bound, span_from, traceparent
from tests.kit.asgi import ask
from tests.kit.sample import Issuer, bearer, sample_api

ROOT = Path(__file__).parents[2]
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

SPEAK = """
import asyncio, logging, structlog
from uuid import UUID
from services.kit.telemetry import bind, configure_logging, span_from
configure_logging("info", "identity")
log = structlog.get_logger()
log.debug("unheard")
log.info("started", port=8101)
bind(request_id="r-1", workspace_id=str(UUID(int=7)))
with span_from("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "work"):
    log.warning("odd", text="canary-1", note="mail canary-2@example.org", reply={"body": "canary-3"})
    try:
        try:
            raise KeyError("canary-4")
        except KeyError as error:
            raise RuntimeError("canary-5") from error
    except RuntimeError:
        log.exception("failed", attempt=2)
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\\n canary-6")
logging.getLogger("aiohttp.client").warning("Bad reply from %s", "canary-7@example.org")
logging.getLogger("uvicorn.access").info("GET /?q=canary-8")
logging.getLogger("noisy").debug("canary-9")
async def lose():
    async def fail():
        raise ValueError("canary-10")
    task = asyncio.ensure_future(fail())
    await asyncio.wait([task])
asyncio.run(lose())
"""


def run(program: str) -> str:
    finished = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return finished.stdout + finished.stderr


def test_every_line_is_json_with_ids_and_without_anything_private() -> None:
    output = run(SPEAK)
    lines = [orjson.loads(line) for line in output.splitlines()]
    by_event = {line["event"]: line for line in lines}

    assert "canary" not in output
    assert by_event.keys() == {
        "started",
        "odd",
        "failed",
        "Exception in ASGI application",
        "Bad reply from ***",
        "Task exception was never retrieved",
    }
    assert all(line["service"] == "identity" and line["timestamp"].endswith("Z") for line in lines)
    assert by_event["started"]["port"] == 8101
    assert by_event["odd"]["workspace_id"] == "00000000-0000-0000-0000-000000000007"
    assert by_event["odd"]["request_id"] == "r-1"
    assert by_event["odd"]["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert by_event["odd"]["level"] == "warning"
    for event in ("failed", "Exception in ASGI application"):
        assert by_event[event]["error_type"] == "RuntimeError < KeyError"
        assert by_event[event]["error_places"] == ["<string>:16 <module>"]


def test_without_an_endpoint_the_exporting_half_of_opentelemetry_is_never_imported() -> None:
    output = run(
        "import sys\n"
        "from services.kit.telemetry import configure_tracing, span_from, traceparent\n"
        "configure_tracing('identity', None)()\n"
        "with span_from(None, 'x'): assert traceparent()\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter', 'requests'))])"
    )

    assert output.strip() == "[]"


async def test_with_an_endpoint_spans_arrive_there_in_a_batch() -> None:
    received: list[bytes] = []

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), timeout=10)
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        received.append(head + await asyncio.wait_for(reader.readexactly(length), timeout=10))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(collect, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await asyncio.to_thread(
        run,
        "from services.kit.telemetry import configure_tracing, span_from, traceparent\n"
        f"flush = configure_tracing('identity', 'http://127.0.0.1:{port}')\n"
        f"with span_from('{PARENT}', 'outer'):\n"
        "    with span_from(None, 'inner'):\n"
        "        assert traceparent().startswith('00-0af7651916cd43dd8448eb211c80319c-')\n"
        "try:\n"
        "    with span_from(None, 'broken'): raise ValueError('canary')\n"
        "except ValueError: pass\n"
        "flush()",
    )
    server.close()
    await server.wait_closed()

    assert len(received) == 1
    assert received[0].startswith(b"POST /v1/traces ")


def test_a_span_continues_what_it_is_given() -> None:
    with span_from(PARENT, "outer"):
        outer = traceparent()
        with span_from(None, "inner"):
            inner = traceparent()
        assert traceparent() == outer

    assert outer is not None
    assert inner is not None
    assert outer[:36] == inner[:36] == PARENT[:36]
    assert len({outer[36:52], inner[36:52], PARENT[36:52]}) == 3
    assert outer[53:] == inner[53:] == "01"
    assert traceparent() is None


@pytest.mark.parametrize(
    "parent",
    [
        None,
        "",
        "00",
        "00-" + "0" * 32 + "-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "é" * 55,
        "0" * 100_000,
    ],
)
def test_without_a_sound_parent_a_new_trace_begins(parent: str | None) -> None:
    with span_from(parent, "work"):
        here = traceparent()

    assert here is not None
    assert here[3:35] not in {"0" * 32, "0af7651916cd43dd8448eb211c80319c"}


def test_a_trace_goes_through_a_header_and_comes_out_the_same() -> None:
    with span_from(None, "sender"):
        sent = traceparent()
    with span_from(sent, "receiver"):
        received = traceparent()

    assert sent is not None
    assert received is not None
    assert sent[3:35] == received[3:35]


async def test_the_workspace_and_request_are_bound_to_lines_written_while_serving() -> None:
    issuer = Issuer()
    api = sample_api(issuer)
    log = structlog.get_logger()

    @api.get("/speak")
    async def speak(caller: Annotated[Caller, Depends(require("contacts:read"))]) -> str:
        log.info("spoken")
        return str(caller.workspace_id)

    with capture_logs(processors=[merge_bound]) as lines:
        told = await ask(api, "GET", "/speak", headers=[(b"x-request-id", b"r-9"), bearer(issuer.token())])

    assert [(line["event"], line["request_id"], line["workspace_id"]) for line in lines] == [("spoken", "r-9", orjson.loads(told.body))]
    with capture_logs(processors=[merge_bound]) as later:
        log.info("afterwards")
    assert "workspace_id" not in later[0]
