"""Deriving anew what people are compared by (W4): whoever came before there were keys is joined, and again changes nothing."""

import asyncpg

from services.contracts.ids import WorkspaceId
from services.identity.reindexing import reindex_chunk
from services.identity.settings import IdentitySettings
from services.kit.db import Database
from tests.identity.people import NOON, author, learn, new_workspace, sighting


async def _forgotten(owner_url: str, workspace: WorkspaceId) -> None:
    """As if these people had come before revision 0008: nothing derived, nobody joined."""
    owner = await asyncpg.connect(owner_url, timeout=10)
    try:
        for table in ("profile_facts", "profile_key", "edge", "suggesting_due"):
            await owner.execute(f"DELETE FROM identity.{table} WHERE workspace_id = $1", workspace)
        await owner.execute(
            """INSERT INTO identity.contact (workspace_id, id, founder_id, size, version, created_at, changed_at)
               SELECT workspace_id, home_contact_id, id, 1, 1, now(), now() FROM identity.profile WHERE workspace_id = $1
               ON CONFLICT DO NOTHING""",
            workspace,
        )
        await owner.execute(
            """UPDATE identity.membership SET contact_id = profile.home_contact_id, rule = 'first_seen' FROM identity.profile
               WHERE membership.workspace_id = $1 AND profile.workspace_id = $1 AND profile.id = membership.profile_id""",
            workspace,
        )
        await owner.execute("UPDATE identity.contact SET size = 1 WHERE workspace_id = $1", workspace)
    finally:
        await owner.close()


async def test_w4_who_came_before_there_were_keys_is_joined_chunk_by_chunk(database: Database, settings: IdentitySettings) -> None:
    workspace = new_workspace()
    one, other = author("Kim", "kim@example.com"), author("Kimmy", "kim@example.com", network="email")
    await learn(database, workspace, sighting(one), sighting(other, minute=1), sighting(author("Ann", "ann@example.com"), minute=2))
    await _forgotten(settings.database_url.get_secret_value(), workspace)

    last, read, moved = None, 0, 0
    while True:
        async with database.transaction(workspace) as connection:
            done = await reindex_chunk(connection, workspace, after=last, now=NOON, limit=2)
        if done.last is None:
            break
        last, read, moved = done.last, read + done.profiles, moved + done.moved
    async with database.transaction(workspace) as connection:
        groups = await connection.fetch("SELECT count(*) AS size FROM membership GROUP BY contact_id ORDER BY size")
        again = await reindex_chunk(connection, workspace, after=None, now=NOON)

    assert (read, moved) == (3, 1)
    assert [row["size"] for row in groups] == [1, 2]
    assert (again.profiles, again.moved) == (3, 0)
