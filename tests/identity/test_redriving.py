"""What the command line redrives is what the service hears: identity's dead letters of every consumer."""

from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest

from services.contracts.ids import WorkspaceId
from services.kit import dead_letters
from services.kit.db import Database
from services.kit.subscriptions import RedriveFailedError
from tests.identity.people import new_workspace
from tests.identity.service import Service

CONSUMERS = ("identity-profiles", "identity-profiles-later", "identity-consent", "identity-history-erased", "identity-partners-routing")


@pytest.mark.parametrize("consumer", CONSUMERS)
async def test_an_operator_redrives_to_each_consumer(service: Service, database: Database, consumer: str) -> None:
    """This letter cannot be read; a consumer that is not known would be told as no letter at all."""
    workspace = new_workspace()
    await dead_letters.bury(
        database,
        consumer=consumer,
        payload=orjson.dumps({"id": "1"}),
        subject=f"rapport.engagement.interaction.received.v1.{workspace}",
        reason="because",
        attempts=8,
        now=datetime.now(UTC),
    )
    async with database.transaction(workspace) as connection:
        (letter,) = await dead_letters.list_dead_letters(connection, workspace, after=None, limit=2)

    with pytest.raises(RedriveFailedError):
        await service.admin.redrive_dead_letter(WorkspaceId(workspace), UUID(str(letter.id)))
