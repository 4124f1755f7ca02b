"""timeline_pages_10m_vs_100k: pages that a contact's timeline touches among 10,000,000 messages, beside 100,000."""

import json
import random
import statistics
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from benchmarks.results import Result, compared
from benchmarks.side import SideDatabase, side_database
from benchmarks.stage import Stage
from services.contracts.ids import WorkspaceId
from services.engagement.statements.reading import timelines_of_contacts

PROFILES_EACH = 3
MESSAGES_EACH = 100
ASKED = 40
NEWEST = 50
_CALL_SECONDS = 60.0
_HOW = (
    "shared buffers (hit and read) of the timeline statement for the newest 50 of a contact with 3 profiles of 100 messages each, as the "
    "role app under row-level security, the mean of 40 contacts at random; three databases of each size"
)
# The messages of a person lie apart, as in life; 7919 is prime.
_MESSAGES = """
INSERT INTO engagement.interaction (workspace_id, id, channel_id, conversation_id, profile_id, external_id, kind, direction, public,
    occurred_at, received_at, source, text, author_network, author_scope, author_external_id, venue_network, venue_scope,
    venue_external_id, venue_control, venue_media, addressed, conversation_version, native, ledger, ledger_reason)
SELECT '{workspace}', uuidv7(), '{channel}', md5('thread ' || p)::uuid, md5('profile ' || p)::uuid, 'm' || n, 'direct', 'inbound', false,
    timestamptz '2025-01-01 00:00Z' + n * interval '3 s', timestamptz '2025-01-01 00:00Z' + n * interval '3 s', 'live',
    'Message ' || n || ' about an order that was to come on Monday.', 'telegram', '', 'a' || p, 'telegram', '', '7', 'ours', 'owned', 'us',
    n / {profiles} + 1, false, 'answered', ''
FROM (SELECT n, (n::bigint * 7919 % {profiles})::int AS p FROM generate_series(1, {messages}) AS n) AS made
"""
_PEOPLE = """
INSERT INTO engagement.profile_contact (workspace_id, profile_id, contact_id, version)
SELECT '{workspace}', md5('profile ' || p)::uuid, md5('contact ' || p / 3)::uuid, 1 FROM generate_series(0, {profiles} - 1) AS p
"""
# What the statement does not use is left out, and nothing is logged: ten million rows take minutes and their own room on the disk.
_BARE = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
        WHERE contype IN ('f', 'u') AND 'engagement.interaction'::regclass IN (conrelid, confrelid)
    LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.place, one.conname); END LOOP;
    FOR one IN SELECT indexname FROM pg_indexes WHERE schemaname = 'engagement' AND tablename = 'interaction'
        AND indexname <> 'interaction_pkey'
    LOOP EXECUTE format('DROP INDEX engagement.%I', one.indexname); END LOOP;
    ALTER TABLE engagement.interaction SET UNLOGGED;
END $$
"""


async def measure_timeline(stage: Stage, *, quick: bool) -> list[Result]:
    """Three databases of each size, alternating; the large one is filled once and asked three times."""
    large, small = (1_000_000, 10_000) if quick else (10_000_000, 100_000)
    few: list[float] = []
    many: list[float] = []
    async with side_database(stage) as side:
        print(f"  filling: {large:,} messages", flush=True)
        workspace = await _fill(side, messages=large)
        for run in range(3):
            async with side_database(stage) as beside:
                little = await _fill(beside, messages=small)
                few.append(await _pages(beside, little, messages=small, seed=run))
            many.append(await _pages(side, workspace, messages=large, seed=run))
            print(f"  run {run + 1}: {many[-1]:.0f} pages of {large:,}, {few[-1]:.0f} of {small:,}", flush=True)
    return [compared("timeline_pages_10m_vs_100k", ours=many, theirs=few, unit="pages", how=_HOW)]


async def _fill(side: SideDatabase, *, messages: int) -> WorkspaceId:
    workspace = WorkspaceId(uuid4())
    (channel,) = await side.connect_channels([workspace])
    named = {"workspace": workspace, "channel": channel, "messages": messages, "profiles": messages // MESSAGES_EACH}
    index = await _timeline_index(side)
    statements = (
        _BARE,
        _PEOPLE.format(**named),
        _MESSAGES.format(**named),
        index,
    )
    await side.fill(*statements, analysed=("engagement.interaction", "engagement.profile_contact", "engagement.channel"))
    return workspace


async def _timeline_index(side: SideDatabase) -> str:
    owner = await asyncpg.connect(side.owner_url, timeout=_CALL_SECONDS)
    try:
        definition = await owner.fetchval("SELECT indexdef FROM pg_indexes WHERE indexname = 'interaction_timeline_idx'")
    finally:
        await owner.close(timeout=_CALL_SECONDS)
    return str(definition)


class _Explained:
    """Stands where a connection stands, and asks for the plan of what it is given instead of its rows."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.pages = 0

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Run it, and keep how many pages it touched."""
        told = await self._connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", *values)
        plan: Mapping[str, Any] = json.loads(told)[0]["Plan"]
        self.pages += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        return []


async def _pages(side: SideDatabase, workspace: WorkspaceId, *, messages: int, seed: int) -> float:
    """The mean number of pages of the timelines of contacts at random."""
    contacts = messages // MESSAGES_EACH // PROFILES_EACH
    chance = random.Random(seed)  # noqa: S311 - which contacts are asked for
    connection = await asyncpg.connect(side.url(role="app"), timeout=_CALL_SECONDS, server_settings={"jit": "off"})
    try:
        await connection.execute(f"SET app.workspace = '{workspace}'")
        touched: list[int] = []
        for _ in range(ASKED):
            contact = await connection.fetchval("SELECT md5('contact ' || $1::int)::uuid", chance.randrange(contacts))
            explained = _Explained(connection)
            await timelines_of_contacts(explained, workspace, [UUID(str(contact))], before=None, limit=NEWEST + 1)  # type: ignore[arg-type] # see _Explained
            touched.append(explained.pages)
    finally:
        await connection.close(timeout=_CALL_SECONDS)
    return statistics.mean(touched)
