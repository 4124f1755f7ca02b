"""What the command line redrives is what the service hears: engagement's dead letters of every consumer."""

from uuid import UUID, uuid4

from services.contracts.ids import WorkspaceId
from services.engagement.admin import admin
from services.engagement.settings import EngagementSettings
from services.engagement.subscribers import subscriptions
from services.kit.clock import SystemClock
from services.kit.db import Database
from tests.redriving import unknown_consumers


async def test_an_operator_redrives_to_all_that_engagement_hears(settings: EngagementSettings) -> None:
    database = Database(settings.role_url("engagement", role="app"), name="test-app", size=2)
    await database.open()
    try:
        heard = subscriptions(settings, database, clock=SystemClock(), published=_nothing, told=_nobody)
        async with admin(settings) as operator:
            assert await unknown_consumers(database, WorkspaceId(uuid4()), heard, redrive=operator.redrive_dead_letter) == []
    finally:
        await database.close()

    assert {"engagement-satisfaction", "engagement-invitations", "engagement-erasures"} <= {each.durable for each in heard}


def _nothing() -> None:
    """Nobody waits."""


def _nobody(_: UUID) -> None:
    """Nobody waits."""
