"""search_ms: the newest 50 hits for words of every frequency among 1,000,000 messages, as the role `app`."""

import time
from uuid import uuid4

from benchmarks.results import Result, alone
from benchmarks.side import side_database
from benchmarks.stage import Stage
from services.contracts.ids import WorkspaceId
from services.engagement.search.finding import list_hits
from services.engagement.statements.search import Filter
from services.kit.db import Database

NEWEST = 50
# Each with the share of messages in which it stands.
WORDS = {"rarest": "0.001 %", "scarce": "0.1 %", "usual": "1 %", "frequent": "30 %"}
_HOW = (
    "the newest 50 messages with a word that stands in 0.001, 0.1, 1 and 30 % of 1,000,000 (a year of one workspace), with excerpts; one "
    "transaction as the role app, under row-level security; the slowest of the four words' p95 in each run"
)
_CONVERSATIONS = """
INSERT INTO engagement.conversation (workspace_id, id, channel_id, key, profile_id, platform, kind, public, status, started_at,
    last_activity_at, message_count, version, closed_version)
SELECT '{workspace}', md5('conversation ' || n)::uuid, '{channel}', sha256(int4send(n)), md5('profile ' || n)::uuid, 'telegram', 'direct',
    false, 'open', now(), now(), 3, 4, 0
FROM generate_series(0, 29999) AS n
"""
_MESSAGES = """
INSERT INTO engagement.interaction (workspace_id, id, channel_id, conversation_id, profile_id, external_id, kind, direction, public,
    occurred_at, received_at, source, text, author_network, author_scope, author_external_id, venue_network, venue_scope,
    venue_external_id, venue_control, venue_media, addressed, conversation_version, native, ledger_reason)
SELECT '{workspace}', md5('message ' || n)::uuid, '{channel}', md5('conversation ' || n % 30000)::uuid, md5('profile ' || n % 30000)::uuid,
    'message-' || n, 'direct', CASE WHEN n % 3 = 0 THEN 'outbound' ELSE 'inbound' END, false,
    timestamptz '2025-01-01 00:00Z' + n * interval '30 s', now(), 'live',
    'Message ' || n || ' about an order that was to come on Monday, and a kettle that is said to cope with hard water.'
        || CASE WHEN n % 100000 = 7 THEN ' rarest' ELSE '' END || CASE WHEN n % 1000 = 7 THEN ' scarce' ELSE '' END
        || CASE WHEN n % 100 = 7 THEN ' usual' ELSE '' END || CASE WHEN n % 10 < 3 THEN ' frequent' ELSE '' END,
    'telegram', '', 'somebody', 'telegram', '', '7', 'ours', 'owned', 'us', 1, false, ''
FROM generate_series(1, {messages}) AS n
"""
# In the form that services.engagement.search.folding gives plain English text.
_WORDS = """
INSERT INTO engagement.search_document (workspace_id, interaction_id, occurred_at, profile_id, channel_id, venue, kind, direction, words)
SELECT workspace_id, id, occurred_at, profile_id, channel_id,
    md5(venue_network || chr(31) || venue_scope || chr(31) || venue_external_id)::uuid, kind, direction,
    ' ' || btrim(regexp_replace(lower(text), '[^a-z0-9]+', ' ', 'g')) || ' '
FROM engagement.interaction
"""


async def measure_search(stage: Stage, *, quick: bool) -> list[Result]:
    """Fill a database of its own, then search."""
    messages, asked = (100_000, 20) if quick else (1_000_000, 60)
    workspace = WorkspaceId(uuid4())
    print(f"  filling: {messages:,} messages", flush=True)
    async with side_database(stage) as side:
        (channel,) = await side.connect_channels([workspace])
        named = {"workspace": workspace, "channel": channel, "messages": messages}
        tables = ("engagement.interaction", "engagement.search_document")
        await side.fill(*(statement.format(**named) for statement in (_CONVERSATIONS, _MESSAGES, _WORDS)), analysed=tables)
        database = Database(side.url(role="app"), name="bench", size=1)
        await database.open()
        try:
            runs = [max([await _p95(database, workspace, word, asked=asked) for word in WORDS]) for _ in range(3)]
        finally:
            await database.close()
    return [alone("search_ms", runs=runs, unit="ms", how=_HOW)]


async def _p95(database: Database, workspace: WorkspaceId, word: str, *, asked: int) -> float:
    times: list[float] = []
    for _ in range(asked):
        began = time.perf_counter()
        async with database.transaction(workspace) as connection:
            await list_hits(connection, workspace, word, narrowed=Filter(), before=None, limit=NEWEST)
        times.append(time.perf_counter() - began)
    p95 = sorted(times)[int(len(times) * 0.95)] * 1000
    print(f"  a word in {WORDS[word]}: p95 {p95:.1f} ms", flush=True)
    return p95
