"""Statements of sessions, refresh tokens, API keys, tries to sign in and signing keys. Tokens come here as hashes only.

Called by `access` inside the edge's transaction. Tries and signing keys belong to no workspace: as the role `worker`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.contracts.ids import KeyId, MemberId, SessionId, WorkspaceId
from services.kit.db import Connection

_TRY = """
INSERT INTO sign_in_attempt (key, tries, began_at) VALUES ($1, 1, $2)
ON CONFLICT ON CONSTRAINT sign_in_attempt_pkey DO UPDATE SET
    tries = CASE WHEN sign_in_attempt.began_at <= $2 - $3::interval THEN 1 ELSE sign_in_attempt.tries + 1 END,
    began_at = CASE WHEN sign_in_attempt.began_at <= $2 - $3::interval THEN $2 ELSE sign_in_attempt.began_at END
RETURNING tries, began_at
"""
_FORGET_TRIES = "DELETE FROM sign_in_attempt WHERE key = $1"
_NEW_SESSION = """
WITH begun AS (
    INSERT INTO session (workspace_id, id, member_id, created_at, expires_at)
    SELECT $1, $2, id, $4, $5 FROM member WHERE workspace_id = $1 AND id = $3 AND active FOR SHARE
    RETURNING workspace_id, id
)
INSERT INTO refresh_token (workspace_id, hash, session_id, created_at, expires_at)
SELECT workspace_id, $6, id, $4, $7 FROM begun RETURNING session_id
"""
_HELD = """
SELECT token.session_id, session.member_id, token.used_at IS NOT NULL AS used,
    token.expires_at > $3 AND session.expires_at > $3 AND session.revoked_at IS NULL AND member.active AS live,
    session.expires_at
FROM refresh_token AS token
JOIN session ON session.workspace_id = token.workspace_id AND session.id = token.session_id
JOIN member ON member.workspace_id = session.workspace_id AND member.id = session.member_id
WHERE token.workspace_id = $1 AND token.hash = $2
FOR UPDATE OF token, session
"""
_ROTATED = """
WITH used AS (
    UPDATE refresh_token SET used_at = $4 WHERE workspace_id = $1 AND hash = $2 RETURNING session_id
)
INSERT INTO refresh_token (workspace_id, hash, session_id, created_at, expires_at)
SELECT $1, $3, session_id, $4, $5 FROM used
"""
_REVOKED_SESSION = """
UPDATE session SET revoked_at = $3, revoked_because = $4
WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING id
"""
_REVOKED_SESSIONS = """
UPDATE session SET revoked_at = $3, revoked_because = $4
WHERE workspace_id = $1 AND member_id = $2 AND revoked_at IS NULL AND expires_at > $3 RETURNING id
"""
_NEW_KEY = """
INSERT INTO api_key (workspace_id, id, name, prefix, hash, scopes, created_by, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_KEYS = """
SELECT id, name, prefix, scopes, created_by, created_at, expires_at, revoked_at, last_used_at
FROM api_key WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""
_USED_KEY = """
UPDATE api_key SET last_used_at = $3
WHERE workspace_id = $1 AND hash = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)
RETURNING id, name, scopes, expires_at
"""
_REVOKED_KEY = """
WITH held AS (
    SELECT revoked_at IS NULL AS live FROM api_key WHERE workspace_id = $1 AND id = $2 FOR UPDATE
), ended AS (
    UPDATE api_key SET revoked_at = $3 WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL
)
SELECT live FROM held
"""
_LOCK_SIGNING = "SELECT pg_advisory_xact_lock(hashtextextended('identity.signing_key', 0))"
_SIGNING_KEY = "SELECT id, sealed, signs_until FROM signing_key WHERE signs_until > $1 ORDER BY signs_until DESC LIMIT 1"
_PUBLIC_KEYS = "SELECT public_jwk FROM signing_key WHERE verifies_until > $1 ORDER BY created_at"
_NEW_SIGNING_KEY = """
WITH expired AS (DELETE FROM signing_key WHERE verifies_until <= $4)
INSERT INTO signing_key (id, public_jwk, sealed, created_at, signs_until, verifies_until)
VALUES ($1, $2, $3, $4, $5, $6)
"""
_SWEEP_SESSIONS = "DELETE FROM session WHERE expires_at < $1"
_SWEEP_TOKENS = "DELETE FROM refresh_token WHERE expires_at < $1"
_SWEEP_TRIES = "DELETE FROM sign_in_attempt WHERE began_at < $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldToken:
    """What a refresh token is worth: `used` before, and whether session and member still are `live`."""

    session_id: SessionId
    member_id: MemberId
    used: bool
    live: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key without its secret."""

    id: KeyId
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_by: MemberId | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedKey:
    """What an exchange needs of a valid key."""

    id: KeyId
    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey:
    """A signing key with its private half sealed."""

    id: str
    sealed: bytes
    signs_until: datetime


async def counted_try(connection: Connection, key: bytes, *, now: datetime, window: timedelta) -> tuple[int, datetime]:
    """Count a try before its password is looked at; gives the tries of the window and when it began."""
    row = await connection.fetchrow(_TRY, key, now, window)
    assert row is not None  # noqa: S101 - an upsert gives its row
    return row["tries"], row["began_at"]


async def forgotten_tries(connection: Connection, key: bytes) -> None:
    """After a success."""
    await connection.execute(_FORGET_TRIES, key)


async def inserted_session(  # noqa: PLR0913 - the parts of a session
    connection: Connection,
    workspace: WorkspaceId,
    session: SessionId,
    *,
    member: MemberId,
    token_hash: bytes,
    now: datetime,
    expires_at: datetime,
    token_expires_at: datetime,
) -> bool:
    """A session with its first refresh token; False where the member was deactivated a moment ago."""
    begun = await connection.fetchval(_NEW_SESSION, workspace, session, member, now, expires_at, token_hash, token_expires_at)
    return begun is not None


async def held_token(connection: Connection, workspace: WorkspaceId, token_hash: bytes, *, now: datetime) -> HeldToken | None:
    """Token and session are locked: of two uses at once, the second sees the first."""
    row = await connection.fetchrow(_HELD, workspace, token_hash, now)
    return None if row is None else HeldToken(**dict(row))


async def rotated_token(
    connection: Connection, workspace: WorkspaceId, *, old: bytes, new: bytes, now: datetime, expires_at: datetime
) -> None:
    """The old token is used up, the new one takes its place."""
    await connection.execute(_ROTATED, workspace, old, new, now, expires_at)


async def revoked_session(connection: Connection, workspace: WorkspaceId, session: SessionId, *, because: str, now: datetime) -> bool:
    """False where it had ended before."""
    return await connection.fetchval(_REVOKED_SESSION, workspace, session, now, because) is not None


async def revoked_sessions_of_member(
    connection: Connection, workspace: WorkspaceId, member: MemberId, *, because: str, now: datetime
) -> list[SessionId]:
    """Those that were live."""
    rows = await connection.fetch(_REVOKED_SESSIONS, workspace, member, now, because)
    return [row["id"] for row in rows]


async def inserted_key(connection: Connection, workspace: WorkspaceId, key: ApiKey, *, token_hash: bytes) -> None:
    """A new API key, by the hash of its token."""
    await connection.execute(
        _NEW_KEY,
        workspace,
        key.id,
        key.name,
        key.prefix,
        token_hash,
        list(key.scopes),
        key.created_by,
        key.created_at,
        key.expires_at,
    )


async def page_of_keys(connection: Connection, workspace: WorkspaceId, *, after: UUID | None, limit: int) -> list[ApiKey]:
    """The newest first, ended ones too."""
    rows = await connection.fetch(_KEYS, workspace, after, limit)
    return [ApiKey(**{**dict(row), "scopes": tuple(row["scopes"])}) for row in rows]


async def used_key(connection: Connection, workspace: WorkspaceId, token_hash: bytes, *, now: datetime) -> UsedKey | None:
    """The key if it is valid now; its last use becomes `now`."""
    row = await connection.fetchrow(_USED_KEY, workspace, token_hash, now)
    return None if row is None else UsedKey(**{**dict(row), "scopes": tuple(row["scopes"])})


async def revoked_key(connection: Connection, workspace: WorkspaceId, key: KeyId, *, now: datetime) -> bool | None:
    """None where there is no such key; else whether it ended just now."""
    found: bool | None = await connection.fetchval(_REVOKED_KEY, workspace, key, now)
    return found


async def signing_lock(connection: Connection) -> None:
    """One process at a time makes a signing key."""
    await connection.execute(_LOCK_SIGNING)


async def current_signing_key(connection: Connection, *, now: datetime) -> SealedKey | None:
    """The key that signs; the youngest of several."""
    row = await connection.fetchrow(_SIGNING_KEY, now)
    return None if row is None else SealedKey(**dict(row))


async def public_keys(connection: Connection, *, now: datetime) -> Sequence[str]:
    """The public halves, as JSON texts, of all keys whose tokens may still be about."""
    return [row["public_jwk"] for row in await connection.fetch(_PUBLIC_KEYS, now)]


async def inserted_signing_key(connection: Connection, key: SealedKey, *, public_jwk: str, now: datetime, verifies_until: datetime) -> None:
    """Keep a new key, and forget those that verify nothing any more."""
    await connection.execute(_NEW_SIGNING_KEY, key.id, public_jwk, key.sealed, now, key.signs_until, verifies_until)


async def swept_sessions(connection: Connection, *, before: datetime) -> None:
    """As the role `worker`: sessions that ended before; their tokens go with them."""
    await connection.execute(_SWEEP_SESSIONS, before)


async def swept_tokens(connection: Connection, *, before: datetime) -> None:
    """As the role `worker`: refresh tokens that nobody could use any more."""
    await connection.execute(_SWEEP_TOKENS, before)


async def swept_tries(connection: Connection, *, before: datetime) -> None:
    """As the role `worker`: tries whose window is over."""
    await connection.execute(_SWEEP_TRIES, before)
