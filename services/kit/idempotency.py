"""Idempotency-Key: the same POST sent twice has one effect and gets one answer.

Called by endpoints that create something. The key's row goes into the transaction of the effect, so there is never an
effect without its key nor a key without its effect; a refusal rolls both back and leaves the key free. What was asked is kept as an
HMAC under a key of the deployment: a body may hold a password, and whoever reads the table must not be able to try guesses on it.
"""

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable
from datetime import datetime

import asyncpg
import msgspec
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

from services.kit.access import Caller
from services.kit.crypto import equal
from services.kit.db import Connection, Database
from services.kit.errors import BadRequestError, ConflictError, MalformedError

HEADER = "idempotency-key"
PURPOSE = "idempotency"
Act = Callable[[Connection], Awaitable[tuple[int, object]]]
Work = Callable[[], Awaitable[tuple[int, object]]]
_FIT_KEY = re.compile(r"[\x21-\x7e]{1,255}")

_CLAIM = """
INSERT INTO idempotency (workspace_id, caller_id, key, fingerprint, created_at)
VALUES ($1, $2, $3, $4, now())
ON CONFLICT DO NOTHING
RETURNING true
"""
_EARLIER = """
SELECT fingerprint, status, body FROM idempotency WHERE workspace_id = $1 AND caller_id = $2 AND key = $3
"""
_STORE = """
UPDATE idempotency SET status = $4, body = $5 WHERE workspace_id = $1 AND caller_id = $2 AND key = $3
"""
_FORGET = """
DELETE FROM idempotency WHERE ctid = ANY(ARRAY(SELECT ctid FROM idempotency WHERE created_at < $1 LIMIT $2))
"""


def take_key(api: FastAPI, key: bytes) -> None:
    """Let an application's endpoints use `once` and `once_detached`; `key` is `settings.key_for(PURPOSE)`."""
    api.state.idempotency_key = key


async def once(request: Request, database: Database, caller: Caller, act: Act) -> Response:
    """Run `act` in one transaction of the caller's workspace and answer the status and object it returns, as JSON.

    An object of None is an answer without a body. With an Idempotency-Key: a repetition gets the stored answer and
    `Idempotency-Replayed: true`, a concurrent one waits for the first. Raises BadRequestError (key not 1 to 255 visible
    ASCII characters), MalformedError (the key was used for another request), ConflictError (the first one still runs after
    the lock time-out).
    """
    key = _find_key(request)
    async with database.transaction(caller.workspace_id) as connection:
        if key is None:
            status, answer = await act(connection)
            return _response(status, _encode(answer))
        fingerprint = await _fingerprint(request)
        if not await _claim(connection, caller, key=key, fingerprint=fingerprint):
            return await _replay(connection, caller, key=key, fingerprint=fingerprint)
        status, answer = await act(connection)
        body = _encode(answer)
        await connection.execute(_STORE, caller.workspace_id, caller.caller_id, key, status, body)
    return _response(status, body)


async def once_detached(request: Request, database: Database, caller: Caller, work: Work) -> Response:
    """As `once`, for work that holds no transaction of ours: it calls another system, or has transactions of its own.

    A repetition gets the first answer without the work. Two at the same time both work, and both get the first one's
    answer: only for what may happen twice without harm.
    """
    key = _find_key(request)
    if key is None:
        status, answer = await work()
        return _response(status, _encode(answer))
    fingerprint = await _fingerprint(request)
    async with database.transaction(caller.workspace_id) as connection:
        if await connection.fetchrow(_EARLIER, caller.workspace_id, caller.caller_id, key) is not None:
            return await _replay(connection, caller, key=key, fingerprint=fingerprint)
    result = await work()

    async def keep(_: Connection) -> tuple[int, object]:
        return result

    return await once(request, database, caller, keep)


async def is_repetition(request: Request, database: Database, caller: Caller) -> bool:
    """Whether `once` will answer this as a repetition: then nothing needs to be asked of others beforehand."""
    key = _find_key(request)
    if key is None:
        return False
    async with database.transaction(caller.workspace_id) as connection:
        return await connection.fetchrow(_EARLIER, caller.workspace_id, caller.caller_id, key) is not None


async def forget_keys(connection: Connection, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` keys used before a moment, of all workspaces (as the worker role); answers how many."""
    return int((await connection.execute(_FORGET, before, limit)).rpartition(" ")[2])


def _find_key(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and not _FIT_KEY.fullmatch(key):
        raise BadRequestError("An Idempotency-Key has 1 to 255 visible ASCII characters.")
    return key


async def _fingerprint(request: Request) -> bytes:
    key: bytes = request.app.state.idempotency_key
    parts = (request.method.encode(), request.url.path.encode(), request.url.query.encode(), await request.body())
    return hmac.new(key, b"".join(b"%d:%s," % (len(part), part) for part in parts), hashlib.sha256).digest()


async def _claim(connection: Connection, caller: Caller, *, key: str, fingerprint: bytes) -> bool:
    """Whether the key is new. Waits while another transaction holds it."""
    try:
        claimed = await connection.fetchval(_CLAIM, caller.workspace_id, caller.caller_id, key, fingerprint)
    except (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError) as error:
        raise ConflictError("The first request with this Idempotency-Key is still running.") from error
    return claimed is not None


async def _replay(connection: Connection, caller: Caller, *, key: str, fingerprint: bytes) -> Response:
    row = await connection.fetchrow(_EARLIER, caller.workspace_id, caller.caller_id, key)
    if row is None:
        raise ConflictError("This Idempotency-Key was just being forgotten; use a new one.")
    if not equal(row["fingerprint"], fingerprint):
        raise MalformedError("This Idempotency-Key was used for another request.")
    return _response(row["status"], row["body"], replayed=True)


def _encode(answer: object) -> bytes:
    if answer is None:
        return b""
    if isinstance(answer, BaseModel):
        return answer.model_dump_json().encode()
    return msgspec.json.encode(answer)


def _response(status: int, body: bytes, *, replayed: bool = False) -> Response:
    headers = {"idempotency-replayed": "true"} if replayed else {}
    return Response(body, status, headers=headers, media_type="application/json" if body else None)
