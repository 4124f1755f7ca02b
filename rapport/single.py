"""All four parts in one process, for small machines: what `--single-process` serves. Calls between them are direct."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import gateway.main
import services.engagement.main
import services.identity.main
import services.routing.main
from gateway.clients import Ports
from services.kit.foundation import begin_process
from services.kit.hosting import ASGIApp, hosted
from services.kit.port import DirectPort
from services.kit.settings import ProcessSettings


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
        yield await stack.enter_async_context(gateway.main.compose(ports=own))


app = hosted(compose)
