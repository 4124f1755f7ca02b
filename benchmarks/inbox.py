"""inbox_ms: a page of a view of the inbox and the counts of all views, over 1,000,000 conversations, as the role `app`."""

import hashlib
import random
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

from benchmarks.results import Result, alone
from benchmarks.side import side_database
from benchmarks.stage import Stage
from services.contracts.ids import MemberId, WorkspaceId
from services.contracts.vocabulary import InboxViewName
from services.engagement import inbox
from services.engagement.statements import reading
from services.kit.db import Database

MEMBERS = 1_000
PAGE = 50
_DISCIPLINES = ("marketing", "advertising", "pr", "sales", "service", "corporate_communications", "hr")
_HOW = (
    "the first 50 entries of a view of one of 1,000 members at random (all views in turn) with their conversations, and the counts of all "
    "views, each counted to 1,000; 1,000,000 conversations of one workspace that are not closed, each with an open task, four of five "
    "with a member, half of those unread, a tenth overdue; in one transaction as the role app, under row-level security; p95 of each run"
)
_CONVERSATIONS = """
INSERT INTO engagement.conversation (workspace_id, id, channel_id, key, profile_id, platform, kind, public, status, started_at,
    last_activity_at, message_count, version, closed_version, owner_id, inbound_version)
SELECT '{workspace}', md5('conversation ' || n)::uuid, '{channel}', sha256(int4send(n)), md5('profile ' || n)::uuid, 'telegram', 'direct',
    false, 'open', now() - n * interval '1 second', now() - n * interval '1 second', 3, 4, 0,
    CASE WHEN n % 5 = 0 THEN NULL ELSE md5('member ' || (n::bigint * 7919 % {members}))::uuid END, 4
FROM generate_series(1, {conversations}) AS n
"""
_TASKS = """
INSERT INTO engagement.conversation_task
    (workspace_id, task_id, conversation_id, discipline, member_id, urgency, due_at, version, closed, unread)
SELECT '{workspace}', md5('task ' || n)::uuid, md5('conversation ' || n)::uuid, (ARRAY[{disciplines}])[n % 7 + 1],
    CASE WHEN n % 5 = 0 THEN NULL ELSE md5('member ' || (n::bigint * 7919 % {members}))::uuid END, 'normal',
    now() + (n::bigint * 104729 % {conversations} - {conversations} / 10) * interval '1 second', 1, false,
    n % 5 <> 0 AND get_byte(sha256(int4send(n)), 0) >= 128
FROM generate_series(1, {conversations}) AS n
"""
_READ = """
INSERT INTO engagement.conversation_read (workspace_id, member_id, conversation_id, version, read_at)
SELECT '{workspace}', owner_id, id, 4, now() FROM engagement.conversation WHERE owner_id IS NOT NULL AND get_byte(key, 0) < 128
"""


async def measure_inbox(stage: Stage, *, quick: bool) -> list[Result]:
    """Fill a database of its own, then ask."""
    conversations, asked = (100_000, 100) if quick else (1_000_000, 300)
    workspace = WorkspaceId(uuid4())
    print(f"  filling: {conversations:,} conversations", flush=True)
    async with side_database(stage) as side:
        (channel,) = await side.connect_channels([workspace])
        named = {
            "workspace": workspace,
            "channel": channel,
            "members": MEMBERS,
            "conversations": conversations,
            "disciplines": ", ".join(f"'{each}'" for each in _DISCIPLINES),
        }
        tables = ("engagement.conversation", "engagement.conversation_task", "engagement.conversation_read")
        statements = (_CONVERSATIONS, _TASKS, _READ)
        await side.fill(*(statement.format(**named) for statement in statements), analysed=tables)
        database = Database(side.url(role="app"), name="bench", size=1)
        await database.open()
        try:
            runs = [await _run(database, workspace, asked=asked) for _ in range(3)]
        finally:
            await database.close()
    return [alone("inbox_ms", runs=runs, unit="ms", how=_HOW)]


async def _run(database: Database, workspace: WorkspaceId, *, asked: int) -> float:
    chance = random.Random(7)  # noqa: S311 - which members are asked for, the same in every run
    times: list[float] = []
    for number in range(asked):
        reader = inbox.Reader(
            workspace=workspace,
            member=MemberId(_member(chance.randrange(MEMBERS))),
            disciplines=chance.sample(_DISCIPLINES, 2),
        )
        began = time.perf_counter()
        await _ask(database, reader, view=list(InboxViewName)[number % len(InboxViewName)])
        times.append(time.perf_counter() - began)
    p95 = sorted(times)[int(len(times) * 0.95)] * 1000
    print(f"  p95 {p95:.1f} ms, median {sorted(times)[len(times) // 2] * 1000:.1f} ms", flush=True)
    return p95


async def _ask(database: Database, reader: inbox.Reader, *, view: InboxViewName) -> None:
    now = datetime.now(UTC)
    async with database.transaction(reader.workspace) as connection:
        items = await inbox.list_items(connection, reader, view, after=None, limit=PAGE + 1, now=now)
        await reading.conversations_by_id(connection, reader.workspace, [row["conversation_id"] for row in items])
        await inbox.count_views(connection, reader, exact=False, now=now)


def _member(number: int) -> UUID:
    return UUID(hashlib.md5(f"member {number}".encode(), usedforsecurity=False).hexdigest())
