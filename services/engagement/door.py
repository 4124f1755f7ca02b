"""The webhooks' door apart from the rest of the service: a composition for the process that platforms reach.

Made by `rapport.front` in the gateway's process, so that a delivery passes through one process on its way into the journal, and
is taken while the service itself is away. Its roles read channels and insert into the journal. Never reads the journal.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from services.engagement.connectors import connectors
from services.engagement.intake import Intake
from services.engagement.network import PlatformNet
from services.engagement.nudging import PURPOSE, Nudges
from services.engagement.proving import PublicKeys
from services.engagement.registry import ChannelRegistry
from services.engagement.settings import EngagementSettings
from services.engagement.webhooks import WebhookRoute
from services.kit.clock import Clock, SystemClock
from services.kit.crypto import Vault
from services.kit.db import Database
from services.kit.hosting import background
from services.kit.http import Endpoint
from services.kit.net import Net
from services.kit.port import Port
from services.kit.telemetry import Metrics


@asynccontextmanager
async def compose(
    settings: EngagementSettings | None = None, *, engagement: Port, metrics: Metrics, clock: Clock | None = None
) -> AsyncIterator[Mapping[tuple[str, str], Endpoint]]:
    """The route by method and the beginning of its paths, running. Without settings it reads the environment; `engagement` is nudged."""
    settings = settings or EngagementSettings()
    clock = clock or SystemClock()
    connectors()
    worker = Database(settings.role_url("engagement", role="worker"), name="engagement-door", size=2)
    await worker.open()
    net = Net(allow_private=settings.allow_private_addresses)
    try:
        registry = ChannelRegistry(worker, vault=Vault(settings.key_for("channel-credentials")))
        intake = Intake(Database(settings.role_url("engagement", role="intake"), name="engagement-door-intake", size=1), clock=clock)
        nudges = Nudges(engagement, key=settings.key_for(PURPOSE), pressed=intake.is_pressed)
        route = WebhookRoute(
            registry,
            intake,
            keys=PublicKeys(PlatformNet(net), clock=clock),
            wake=nudges.wake,
            clock=clock,
            public_url=settings.public_url,
            body_limit_bytes=settings.webhook_body_limit_bytes,
            metrics=metrics,
        )
        async with background() as work:
            work.start("channels", registry.run())
            work.start("intake", intake.run())
            work.start("nudges", nudges.run())
            yield {(method, "/webhooks/"): route for method in ("POST", "GET")}
    finally:
        await net.close()
        await worker.close()
