"""history_vs_pgbench: one contact with its profiles and newest messages through GraphQL, beside pgbench sending the same statements."""

import base64
import hashlib
import json
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg

from benchmarks import pgbench
from benchmarks.driving import drive
from benchmarks.history_data import contact_id_expression, fill
from benchmarks.load import Outcome, Plan
from benchmarks.results import Result, compared
from benchmarks.stage import HISTORY, Stage, connect_channels
from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.statements.channels import channels_by_id
from services.engagement.statements.reading import timelines_of_contacts
from services.identity.statements.contacts import contacts_of_ids, profiles_of_contacts

NEWEST = 50
CONNECTIONS = 8
CLIENTS = 4
QUERY = """
query History($id: ID!) {
  contact(id: $id) {
    id
    name
    profiles { id network handle name }
    timeline(first: 50) {
      edges { cursor node { id direction occurredAt text authorName authorHandle channel { id name platform } } }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
_HOW = (
    "one of 10,000 contacts at random with 3 profiles and its newest 50 of 1,000,000 messages (author, channel, direction, text, time, "
    "cursors, page info), over HTTP through the gateway, 8 connections / pgbench, 4 clients, prepared, the services' own statements one "
    "after the other, under the same row-level security; rows are read from the same database"
)


async def measure_history(stage: Stage, *, quick: bool) -> list[Result]:
    """Fill the database, then alternate."""
    contacts, messages = (1_000, 100_000) if quick else (10_000, 1_000_000)
    runs, seconds = (3, 2.0) if quick else (5, 4.0)
    channels = await connect_channels(stage.running, stage.history, count=3)
    await _fill(stage, channels, contacts=contacts, messages=messages)
    reader = await _make_reader(stage)
    script = await statements_script(stage.history, channels, contacts=contacts)
    await stage.settle()
    ours: list[Outcome] = []
    theirs: list[float] = []
    for run in range(runs):
        ours.append(await _drive(stage, contacts=contacts, seconds=seconds))
        theirs.append(
            await pgbench.transactions_per_second(
                reader, [script], clients=CLIENTS, seconds=seconds, settings=(("app.workspace", str(stage.history)),)
            )
        )
        print(f"  run {run + 1}: {ours[-1].per_second:.0f}/s, p99 {ours[-1].p99_ms:.0f} ms, pgbench {theirs[-1]:.0f}/s", flush=True)
    rates = [each.per_second for each in ours]
    return [compared("history_vs_pgbench", ours=rates, theirs=theirs, unit="queries per second", how=_HOW)]


async def _drive(stage: Stage, *, contacts: int, seconds: float) -> Outcome:
    token = await stage.token(workspace=HISTORY)
    ids = [_global_id(number) for number in range(1, contacts + 1)]
    random.shuffle(ids)
    body = json.dumps({"query": QUERY, "variables": {"id": ids[0]}})
    lines = (
        "POST /graphql HTTP/1.1",
        "host: bench.example.com",
        "content-type: application/json",
        f"authorization: Bearer {token}",
        f"content-length: {len(body)}",
    )
    request = "\r\n".join((*lines, "", "")) + body
    plan = Plan(
        port=stage.gateway_port, requests=[request.split(ids[0])], values=ids, connections=CONNECTIONS, seconds=seconds, warm_seconds=1.0
    )
    return await drive(plan)


def _global_id(number: int) -> str:
    made = UUID(hashlib.md5(f"contact {number}".encode(), usedforsecurity=False).hexdigest())
    return base64.b64encode(f"Contact:{made}".encode()).decode()


async def _fill(stage: Stage, channels: Sequence[ChannelId], *, contacts: int, messages: int) -> None:
    print(f"  filling: {contacts:,} contacts, {messages:,} messages", flush=True)
    connection = await asyncpg.connect(stage.owner_url, timeout=10)
    try:
        await fill(connection, stage.history, channels, contacts=contacts, messages=messages)
    finally:
        await connection.close(timeout=10)


async def _make_reader(stage: Stage) -> str:
    """The address of a login that is both services' `app`, under their policies: pgbench has one connection where we have two."""
    password = secrets.token_hex(16)
    connection = await asyncpg.connect(stage.owner_url, timeout=10)
    try:
        await connection.execute(
            f"CREATE ROLE bench_reader LOGIN NOBYPASSRLS PASSWORD '{password}' IN ROLE identity_app, engagement_app", timeout=10
        )
        await connection.execute("ALTER ROLE bench_reader SET search_path = identity, engagement, pg_catalog", timeout=10)
    finally:
        await connection.close(timeout=10)
    parts = urlsplit(stage.owner_url)
    return urlunsplit((parts.scheme, f"bench_reader:{password}@{parts.netloc.rpartition('@')[2]}", parts.path, parts.query, ""))


class _Sent:
    """Stands where a connection stands, and keeps what the services' own functions would send: those are what pgbench sends."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, tuple[object, ...]]] = []

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Keep it; nothing is found."""
        self.statements.append((statement, values))
        return []


async def statements_script(workspace: WorkspaceId, channels: Sequence[ChannelId], *, contacts: int) -> str:
    """What the services send for one history query, as a pgbench script for a contact at random."""
    somebody = UUID(int=0)
    questions: tuple[Callable[..., Awaitable[object]], ...] = (contacts_of_ids, profiles_of_contacts)
    sent = _Sent()
    for question in questions:
        await question(sent, workspace, [somebody])
    await timelines_of_contacts(sent, workspace, [somebody], before=None, limit=NEWEST + 1)  # type: ignore[arg-type] # see _Sent
    await channels_by_id(sent, workspace, channels)  # type: ignore[arg-type] # see _Sent
    written = [_written(statement, values, somebody=somebody) for statement, values in sent.statements]
    return "\n".join((f"\\set number random(1, {contacts})", *(f"{statement};" for statement in written)))


def _written(statement: str, values: Sequence[object], *, somebody: UUID) -> str:
    """The statement with its values in it; the contact's stays a variable."""
    for place, value in reversed(list(enumerate(values, start=1))):
        statement = statement.replace(f"${place}", _literal(value, somebody=somebody))
    return " ".join(statement.split())


def _literal(value: object, *, somebody: UUID) -> str:
    if value == somebody:
        return contact_id_expression(":number::text")
    if isinstance(value, list | tuple):
        return f"(ARRAY[{', '.join(_literal(each, somebody=somebody) for each in value)}]::uuid[])"
    if isinstance(value, UUID):
        return f"'{value}'::uuid"
    if isinstance(value, datetime):
        return f"'{value.isoformat()}'::timestamptz"
    return str(value)
