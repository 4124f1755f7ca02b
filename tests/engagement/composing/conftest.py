"""A desk: a running service, a simulated partner in another process. Called by pytest."""

import pytest

from rapport.simulation.client import SimulatedPlatforms
from tests.engagement.composing.desk import Desk
from tests.engagement.conftest import Service


@pytest.fixture
async def desk(service: Service, platforms: SimulatedPlatforms) -> Desk:
    return await Desk.opened(service, platforms)
