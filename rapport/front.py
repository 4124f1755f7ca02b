"""The gateway with engagement's webhook door in one process: what `rapport up` serves on the public port, in several processes.

Where services run apart, the gateway alone is `gateway.main:app` and the ingress brings webhooks to engagement.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import gateway.main
import services.engagement.door
from gateway.clients import Ports
from rapport.figures import figures_route
from services.kit.hosting import ASGIApp, hosted
from services.kit.http import Endpoint
from services.kit.port import SocketPort
from services.kit.settings import ProcessSettings
from services.kit.telemetry import Metrics


class FrontSettings(ProcessSettings):
    """Beside what every process is told: the own sockets of all processes like this one, and which of them it is."""

    gateway_name: str
    gateway_sockets: tuple[Path, ...]


@asynccontextmanager
async def compose() -> AsyncIterator[ASGIApp]:
    """Both, from the environment."""
    async with gateway.main.compose(beside=_beside) as app:
        yield app


@asynccontextmanager
async def _beside(ports: Ports, metrics: Metrics) -> AsyncIterator[Mapping[tuple[str, str], Endpoint]]:
    settings = FrontSettings()
    async with AsyncExitStack() as stack:
        others = {name: SocketPort(url, connections=1, patience_seconds=0) for name, url in _others(settings).items()}
        for port in others.values():
            stack.push_async_callback(port.close)
        webhooks = await stack.enter_async_context(services.engagement.door.compose(engagement=ports.engagement, metrics=metrics))
        yield {**webhooks, ("GET", "/metrics"): figures_route(metrics, name=settings.gateway_name, others=others)}


def _others(settings: FrontSettings) -> dict[str, str]:
    services = {"identity": settings.identity_url, "engagement": settings.engagement_url, "routing": settings.routing_url}
    gateways = {socket.stem: f"unix:{socket}" for socket in settings.gateway_sockets if socket.stem != settings.gateway_name}
    return {**services, **gateways}


app = hosted(compose)
