"""What the command line redrives is what the service hears: routing's dead letters of every consumer."""

from services.contracts.ids import WorkspaceId
from services.kit.clock import SystemClock
from services.kit.db import Database
from services.kit.ids import new_id
from services.routing.admin import admin
from services.routing.settings import RoutingSettings
from services.routing.subscribers import subscriptions
from services.routing.triage import analyse
from tests.redriving import unknown_consumers


async def test_an_operator_redrives_to_all_that_routing_hears(settings: RoutingSettings, database: Database) -> None:
    heard = subscriptions(settings, database, clock=SystemClock(), wake=_nothing, analyse=analyse)

    async with admin(settings) as operator:
        assert await unknown_consumers(database, WorkspaceId(new_id()), heard, redrive=operator.redrive_dead_letter) == []

    assert "routing-erasures" in {each.durable for each in heard}


def _nothing() -> None:
    """Nobody waits."""
