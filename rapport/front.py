"""The gateway with engagement's webhook door in one process: what `rapport up` serves on the public port.

Where services run apart, the gateway alone is `gateway.main:app` and the ingress brings webhooks to engagement.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import gateway.main
import services.engagement.door
from gateway.clients import Ports
from services.kit.hosting import ASGIApp, hosted
from services.kit.http import Endpoint
from services.kit.telemetry import Metrics


@asynccontextmanager
async def compose() -> AsyncIterator[ASGIApp]:
    """Both, from the environment."""
    async with gateway.main.compose(beside=_webhooks) as app:
        yield app


def _webhooks(ports: Ports, metrics: Metrics) -> AbstractAsyncContextManager[Mapping[tuple[str, str], Endpoint]]:
    return services.engagement.door.compose(engagement=ports.engagement, metrics=metrics)


app = hosted(compose)
