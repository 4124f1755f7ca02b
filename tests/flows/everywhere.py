"""Looks for marked values everywhere that the product keeps something: every column of every table, streams, files. Holds no tests."""

import gzip
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import asyncpg
import nats
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import NotFoundError

SCHEMAS = ("identity", "engagement", "routing")
_COLUMNS = """
SELECT c.table_schema AS schema, c.table_name AS name, c.column_name AS column, c.data_type AS type, c.udt_name AS udt
FROM information_schema.columns c
JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
WHERE c.table_schema = ANY($1) ORDER BY 1, 2, 3
"""
_READABLE = {"text", "jsonb", "json", "character varying", "tsvector", "ARRAY", "bytea"}
_MAGIC = (b"\x1f\x8b", b"\x78\x01", b"\x78\x9c", b"\x78\xda")


async def found_in_tables(environment: Mapping[str, str], *marks: str) -> list[str]:
    """`schema.table.column` for each that holds one of the marks, of every schema; bytes are looked at as they are and unpacked."""
    found: list[str] = []
    for schema in SCHEMAS:
        owner = await asyncpg.connect(environment[f"DATABASE_URL_{schema.upper()}"], timeout=10)
        try:
            columns = await owner.fetch(_COLUMNS, [schema])
            assert len(columns) > 100
            readable = [each for each in columns if each["type"] in _READABLE]
            found += [f"{schema}.{each['name']}.{each['column']}" for each in readable if await _holds(owner, each, marks)]
        finally:
            await owner.close()
    return found


async def _holds(owner: asyncpg.Connection, column: asyncpg.Record, marks: tuple[str, ...]) -> bool:
    place = f'{column["schema"]}."{column["name"]}"'
    name = f'"{column["column"]}"'
    if column["type"] != "bytea":
        query = f"SELECT EXISTS (SELECT FROM {place}, unnest($1::text[]) AS m WHERE position(lower(m) IN lower({name}::text)) > 0)"
        return bool(await owner.fetchval(query, list(marks)))
    rows = await owner.fetch(f"SELECT {name} AS told FROM {place} WHERE {name} IS NOT NULL")
    return any(holds(row["told"], marks) for row in rows)


def holds(raw: bytes, marks: tuple[str, ...]) -> bool:
    """Whether bytes hold one of the marks, as they are or unpacked."""
    told = [raw.lower()]
    if raw.startswith(_MAGIC):
        # A hash may begin like something packed; what does not unpack was never packed.
        with suppress(OSError, EOFError, zlib.error):
            told.append((gzip.decompress(raw) if raw.startswith(_MAGIC[0]) else zlib.decompress(raw)).lower())
    return any(mark.lower().encode() in each for each in told for mark in marks)


async def found_in_streams(environment: Mapping[str, str], *marks: str) -> list[str]:
    """Subjects of the messages, of every stream, that hold one of the marks."""
    client = await nats.connect(environment["NATS_URL"], connect_timeout=5)
    found: list[str] = []
    try:
        jetstream = client.jetstream(timeout=5)
        for schema in SCHEMAS:
            config = ConsumerConfig(ack_policy=AckPolicy.NONE, inactive_threshold=30)
            try:
                pull = await jetstream.pull_subscribe(f"rapport.{schema}.>", stream=f"RAPPORT_{schema.upper()}", config=config)
            except NotFoundError:
                continue
            pending = (await pull.consumer_info()).num_pending or 0
            while pending:
                messages = await pull.fetch(min(200, pending), timeout=5)
                found += [each.subject for each in messages if holds(each.data, marks)]
                pending = messages[-1].metadata.num_pending
            await pull.unsubscribe()
    finally:
        await client.close()
    return found


def found_in_files(folder: Path, *marks: str) -> list[str]:
    """Files below a folder that hold one of the marks, by name or content."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if holds(path.read_bytes(), marks) or holds(path.name.encode(), marks)]
