"""A desk: a running service, a simulated partner in another process. Called by pytest."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rapport.simulation.client import SimulatedPlatforms
from tests.engagement.composing.desk import Desk
from tests.engagement.conftest import Service


@pytest.fixture
async def platforms(tmp_path: Path) -> AsyncIterator[SimulatedPlatforms]:
    async with SimulatedPlatforms.running(tmp_path / "ledger.jsonl") as running:
        yield running


@pytest.fixture
async def desk(service: Service, platforms: SimulatedPlatforms) -> Desk:
    return await Desk.opened(service, platforms)
