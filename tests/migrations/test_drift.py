"""Models and migrations say the same, and migrating twice changes nothing."""

from migrations import SERVICES
from migrations.apply import migrate
from tests.migrations.drift import differences


async def test_models_and_migrations_agree(database_url: str, secret_key: str) -> None:
    for service in SERVICES:
        await migrate(service, owner_url=database_url, secret_key=secret_key)
    assert await differences(database_url) == []
