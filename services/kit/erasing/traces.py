"""The sweeps of what every service keeps in its schema: outbox, dead letters, answers kept for repetitions. Called by the eraser.

A batch a transaction, in the order of the key; a second run finds nothing. Events of others that only name the subject lose the name.
"""

import re
from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection, Database
from services.kit.erasing.judging import SPARED, Judged, judge
from services.kit.erasing.subject import Subject
from services.kit.ids import FIRST_ID

BATCH = 1000
_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GONE = b'{"type":"about:blank","title":"What this answered was erased","status":410,"code":"erased"}'

_OUTBOX = """
SELECT id, day, type, time, CASE WHEN EXISTS (SELECT FROM unnest($4::text[]) AS n WHERE position(n IN data) > 0) THEN data END AS data
FROM outbox WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3
"""
_OUTBOX_GO = """
DELETE FROM outbox WHERE workspace_id = $1 AND id = ANY($2::bigint[]) AND day = ANY($3::date[])
"""
_OUTBOX_REDUCE = """
UPDATE outbox SET data = r.data FROM unnest($2::bigint[], $3::date[], $4::text[]) AS r (id, day, data)
WHERE outbox.workspace_id = $1 AND outbox.id = r.id AND outbox.day = r.day AND outbox.id = ANY($2) AND outbox.day = ANY($3)
"""
_LETTERS = """
SELECT id, failed_at, CASE WHEN EXISTS (SELECT FROM unnest($4::text[]) AS n WHERE position(n IN payload) > 0) THEN payload END AS payload
FROM dead_letter WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3
"""
_LETTERS_GO = """
DELETE FROM dead_letter WHERE workspace_id = $1 AND id = ANY($2::uuid[])
"""
_ANSWERS = """
SELECT caller_id, key, CASE WHEN created_at <= $4 AND status <> 410 THEN body END AS body FROM idempotency
WHERE workspace_id = $1 AND (caller_id, key) > ($2::uuid, $3::text) ORDER BY caller_id, key LIMIT $5
"""
_ANSWERS_GO = """
UPDATE idempotency SET status = 410, body = $4 FROM unnest($2::uuid[], $3::text[]) AS a (caller_id, key)
WHERE idempotency.workspace_id = $1 AND idempotency.caller_id = a.caller_id AND idempotency.key = a.key
"""


async def sweep_outbox(database: Database, workspace: WorkspaceId, subject: Subject, *, until: datetime) -> Counter[str]:
    """Events that wait, or are kept to be published again."""
    counts: Counter[str] = Counter()
    after, rows = 0, BATCH
    while rows == BATCH:
        async with database.transaction(workspace) as connection:
            found = await connection.fetch(_OUTBOX, workspace, after, BATCH, subject.needles())
            judged = [(row, _judged(row, subject, until=until)) for row in found if row["data"] and SPARED not in row["type"]]
            gone = [row for row, verdict in judged if verdict.own]
            if gone:
                await connection.execute(_OUTBOX_GO, workspace, [row["id"] for row in gone], [row["day"] for row in gone])
            less = [(row["id"], row["day"], orjson.dumps(verdict.data).decode()) for row, verdict in judged if verdict.data]
            if less:
                await connection.execute(_OUTBOX_REDUCE, workspace, *map(list, zip(*less, strict=True)))
        counts["events"] += len(gone) + len(less)
        rows, after = len(found), found[-1]["id"] if found else after
    return counts


def _judged(row: Any, subject: Subject, *, until: datetime) -> Judged:  # noqa: ANN401 - the driver's row
    return judge(orjson.loads(row["data"]), subject=subject, said_at=row["time"], until=until)


async def sweep_dead_letters(database: Database, workspace: WorkspaceId, subject: Subject, *, until: datetime) -> Counter[str]:
    """Events that failed: those that name the subject go, for nobody may hand them over any more. What cannot be read and names it, too."""
    gone: list[UUID] = []
    after, rows = FIRST_ID, BATCH
    while rows == BATCH:
        async with database.transaction(workspace) as connection:
            found = await connection.fetch(_LETTERS, workspace, after, BATCH, subject.needles())
            named = [row["id"] for row in found if row["payload"] and _is_of(row["payload"], subject, until=until)]
            if named:
                await connection.execute(_LETTERS_GO, workspace, named)
        gone += named
        rows, after = len(found), found[-1]["id"] if found else after
    return Counter(dead_letters=len(gone))


def _is_of(payload: str, subject: Subject, *, until: datetime) -> bool:
    try:
        wire = orjson.loads(payload)
        if SPARED in wire["type"]:
            return False
        verdict = judge(wire["data"], subject=subject, said_at=datetime.fromisoformat(wire["time"]), until=until)
    except (ValueError, KeyError, TypeError, AttributeError):
        return True
    return verdict.own or verdict.data is not None


async def sweep_answers(
    database: Database, workspace: WorkspaceId, subject: Subject, *, named: Collection[str], until: datetime
) -> Counter[str]:
    """Answers kept for a repetition that name the subject, or one of the ids `named`: whoever repeats is told that it was erased."""
    ids = {each.encode() for each in (*subject.ids, *named)}
    spared = str(subject.id).encode()
    gone = 0
    place, rows = (FIRST_ID, ""), BATCH
    while rows == BATCH:
        async with database.transaction(workspace) as connection:
            found = await connection.fetch(_ANSWERS, workspace, *place, until, BATCH)
            told = [(row, set(_ID.findall(row["body"]))) for row in found if row["body"]]
            those = [(row["caller_id"], row["key"]) for row, names in told if names & ids and spared not in names]
            await _forget_answers(connection, workspace, those)
        gone += len(those)
        rows = len(found)
        place = (found[-1]["caller_id"], found[-1]["key"]) if found else place
    return Counter(answers=gone)


async def _forget_answers(connection: Connection, workspace: WorkspaceId, keys: list[tuple[UUID, str]]) -> None:
    if keys:
        await connection.execute(_ANSWERS_GO, workspace, [caller for caller, _ in keys], [key for _, key in keys], _GONE)
