"""A service whose clock a test moves. Used by tests of faults and of rates; holds no tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.engagement.main import compose
from services.engagement.settings import EngagementSettings
from services.kit.clock import Clock
from tests.engagement.conftest import Service
from tests.serving import http_client, served
from tests.tokens import TokenIssuer


@dataclass
class MovedClock:
    """The machine's clock, off by some time."""

    off: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        """The moment that a machine with this clock believes in."""
        return datetime.now(UTC) + self.off


@asynccontextmanager
async def running(settings: EngagementSettings, *, clock: Clock | None = None) -> AsyncIterator[Service]:
    """A service of the test's own; identity goes by the same clock, platforms by the right one."""
    issuer = TokenIssuer(clock)
    async with (
        compose(settings, ports={"identity": issuer}, clock=clock) as app,
        served(app) as url,
        http_client(url, timeout_seconds=20) as http,
    ):
        yield Service(url, issuer, http)
