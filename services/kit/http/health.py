"""What a supervisor and Prometheus ask: does the process live, can it serve, what are its figures.

Put into `Routes` by compositions. /healthz asks nothing but the event loop, so that a broken database restarts nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import orjson
import structlog

from services.kit.http.bare import BareRequest, Endpoint
from services.kit.port import Answer
from services.kit.telemetry import Metrics, error_types
from services.kit.telemetry.metrics import CONTENT_TYPE

Check = Callable[[], Awaitable[object]]
CHECK_TIMEOUT_SECONDS = 2.0

log = structlog.get_logger()


def health_routes(
    *,
    checks: Mapping[str, Check],
    metrics: Metrics,
    optional: Mapping[str, Check] | None = None,
    timeout_seconds: float = CHECK_TIMEOUT_SECONDS,
) -> dict[tuple[str, str], Endpoint]:
    """/healthz, /readyz and /metrics. A check fails by raising, or by not ending within `timeout_seconds`.

    An `optional` one that fails is told, and the process serves all the same.
    """
    asked = {**checks, **(optional or {})}

    async def healthz(_: BareRequest) -> bytes:
        return b'{"status":"alive"}'

    async def readyz(_: BareRequest) -> Answer:
        results = await asyncio.gather(*(_passes(each, timeout_seconds=timeout_seconds) for each in asked.values()))
        found = {name: "ok" if passed else "failed" for name, passed in zip(asked, results, strict=True)}
        failed = sorted(name for name in checks if found[name] == "failed")
        if failed:
            log.warning("not_ready", failed=failed)
        body = orjson.dumps({"status": "not ready" if failed else "ready", "checks": found})
        return Answer(503 if failed else 200, {"content-type": "application/json"}, body)

    async def figures(_: BareRequest) -> Answer:
        return Answer(200, {"content-type": CONTENT_TYPE}, metrics.render())

    return {("GET", "/healthz"): healthz, ("GET", "/readyz"): readyz, ("GET", "/metrics"): figures}


async def _passes(check: Check, *, timeout_seconds: float) -> bool:
    try:
        await asyncio.wait_for(check(), timeout=timeout_seconds)
    except Exception as error:  # noqa: BLE001 - an edge: whatever a check raises means "not ready"
        log.warning("check_failed", cause=error_types(error))
        return False
    return True
