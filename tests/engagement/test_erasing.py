"""W13 in engagement: no table that names a person, or keeps words of people, is forgotten where one is erased."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from services.contracts.consent import CONTACT, MARKETING, ConsentWord
from services.contracts.events import ConsentChanged
from services.contracts.ids import ProfileId, WorkspaceId
from services.contracts.vocabulary import ConsentState
from services.engagement.consent.keeping import keep_words
from services.engagement.settings import EngagementSettings
from services.engagement.statements import consent
from services.engagement.statements import erasing as engagement
from services.kit.db import Database
from services.kit.erasing.tombstones import remember_erased
from services.kit.ids import new_id
from services.routing.statements import erasing as routing

_NAMING = """
SELECT DISTINCT c.table_name AS name FROM information_schema.columns c
JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
WHERE c.table_schema = $1 AND c.column_name ~ '(^|_)(profile|contact|visitor)_ids?$'
"""
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EMPTIED = {table for _, table, _ in (*engagement.REMOVALS, *engagement.OF_THREADS, *engagement.OF_PROFILES)}


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Who sees the whole schema."""
    connection = await asyncpg.connect(database_url, timeout=10)
    yield connection
    await connection.close()


async def test_w13_no_table_that_names_a_person_is_forgotten(owner: asyncpg.Connection) -> None:
    """Whoever adds one adds the statement that empties it, or says why it may stay; in routing as well."""
    for schema, known in (("engagement", EMPTIED | engagement.KEPT.keys()), ("routing", routing.REMOVALS.keys() | routing.KEPT.keys())):
        named = {row["name"] for row in await owner.fetch(_NAMING, schema)}
        assert named - known == set(), f"put it into services/{schema}/statements/erasing.py"
        there = {
            row["name"]
            for row in await owner.fetch("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = $1", schema)
        }
        assert known - there == set(), "these are gone"


async def test_w13_a_no_that_was_said_since_an_erasure_outlives_its_job(settings: EngagementSettings) -> None:
    """What comes again from before is not kept; what was said since is, whichever pass of the job comes after it."""
    workspace, profile = WorkspaceId(new_id()), ProfileId(new_id())
    old, new = word(MARKETING, minute=-1), word(CONTACT, minute=1)
    database = Database(settings.role_url("engagement", role="app"), name="test-app", size=1)
    await database.open()
    try:
        async with database.transaction(workspace) as connection:
            await keep_words(connection, workspace, [ConsentChanged(profile_id=profile, version=5, words=(old,))])
            await remember_erased(connection, workspace, subjects=[profile], versions=[5], at=NOON)
            await engagement.removed_of_profiles(connection, workspace, [profile], until=NOON)
            await keep_words(connection, workspace, [ConsentChanged(profile_id=profile, version=5, words=(old,))])
            (again,) = await consent.words_of_people(connection, workspace, [profile])
            await keep_words(connection, workspace, [ConsentChanged(profile_id=profile, version=6, words=(old, new))])

            await engagement.removed_of_profiles(connection, workspace, [profile], until=NOON)

            (kept,) = await consent.words_of_people(connection, workspace, [profile])
    finally:
        await database.close()
    assert again["words"] is None
    assert [each["purpose"] for words in kept["words"] for each in words] == [CONTACT]


def word(purpose: str, *, minute: int) -> ConsentWord:
    """A no, so many minutes after the erasure."""
    return ConsentWord(purpose=purpose, state=ConsentState.DENIED, at=NOON + timedelta(minutes=minute))
