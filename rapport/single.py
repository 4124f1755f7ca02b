"""All four parts in one process, for small machines: what `--single-process` serves. Calls between them are direct."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import gateway.main
import services.engagement.main
import services.identity.main
import services.routing.main
from gateway.clients import Ports
from rapport.figures import figures_route
from services.kit.foundation import begin_process
from services.kit.hosting import ASGIApp, hosted
from services.kit.http import Endpoint
from services.kit.port import DirectPort
from services.kit.settings import ProcessSettings
from services.kit.telemetry import Metrics


@asynccontextmanager
async def compose() -> AsyncIterator[ASGIApp]:
    """The gateway over the three services, each composed from the environment."""
    begin_process("rapport", ProcessSettings())
    async with AsyncExitStack() as stack:
        identity = DirectPort(await stack.enter_async_context(services.identity.main.compose()))
        ports = {"identity": identity}
        engagement = DirectPort(await stack.enter_async_context(services.engagement.main.compose(ports=ports)))
        routing = DirectPort(await stack.enter_async_context(services.routing.main.compose(ports=ports)))
        own = Ports(identity=identity, engagement=engagement, routing=routing)
        others = {"identity": identity, "engagement": engagement, "routing": routing}

        @asynccontextmanager
        async def figures(_: Ports, metrics: Metrics) -> AsyncIterator[Mapping[tuple[str, str], Endpoint]]:
            yield {("GET", "/metrics"): figures_route(metrics, name="gateway", others=others)}

        yield await stack.enter_async_context(gateway.main.compose(ports=own, beside=figures))


app = hosted(compose)
