"""API keys: made once and shown once, kept as a hash, with scopes and an end. Runs in the caller's transaction.

Called by `api` and `admin`; `entrance` exchanges a key for an access token.
"""

import hmac
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.events import AccessRevoked
from services.contracts.ids import KeyId, MemberId, WorkspaceId
from services.identity.access.tokens import KEY, opaque_token, shown_prefix
from services.identity.audit import Actor, record
from services.identity.errors import KeyLifetimeError, KeyNotFoundError, ScopeNotYoursError
from services.identity.statements import credentials
from services.identity.statements.credentials import ApiKey
from services.kit import outbox
from services.kit.access import ROLE_SCOPES, SCOPES
from services.kit.crypto import hash_token
from services.kit.db import Connection
from services.kit.errors import ConflictError, MalformedError
from services.kit.ids import new_id

_ROLES = ("partner", "agent", "marketer", "admin")
# Between services only: nobody hands it out.
_INNER = frozenset({"projection:read"})


async def make_key(  # noqa: PLR0913 - the parts of a key
    connection: Connection,
    workspace: WorkspaceId,
    *,
    token: str,
    name: str,
    scopes: Iterable[str],
    grantable: frozenset[str],
    expires_at: datetime | None,
    by: MemberId | None,
    now: datetime,
) -> ApiKey:
    """Keep a key for `token` (see `new_key_token`), which is not stored.

    Raises ScopeNotYoursError where a scope is not among `grantable`, MalformedError, KeyLifetimeError, ConflictError.
    """
    asked = frozenset(scopes)
    if not asked or not asked <= SCOPES.keys():
        words = f"Give at least one scope, and only scopes that exist: {', '.join(sorted(SCOPES))}."
        raise MalformedError(words, unknown=sorted(asked - SCOPES.keys()))
    _refuse_beyond(asked, grantable=grantable, expires_at=expires_at, now=now)
    key = ApiKey(
        id=KeyId(new_id()),
        name=name,
        prefix=shown_prefix(token),
        scopes=tuple(sorted(asked)),
        created_by=by,
        created_at=now,
        expires_at=expires_at,
        revoked_at=None,
        last_used_at=None,
    )
    try:
        await credentials.inserted_key(connection, workspace, key, token_hash=hash_token(token))
    except asyncpg.UniqueViolationError as error:
        raise ConflictError("This Idempotency-Key made a key before; use a new one.") from error
    await record(connection, workspace, "key.made", subject=key.id, by=Actor(member=by), now=now, detail=f"scopes: {', '.join(key.scopes)}")
    return key


def _refuse_beyond(asked: frozenset[str], *, grantable: frozenset[str], expires_at: datetime | None, now: datetime) -> None:
    if missing := sorted(asked - grantable):
        raise ScopeNotYoursError(f"You do not have {', '.join(missing)}.", scopes=missing)
    if expires_at is not None and expires_at <= now:
        raise KeyLifetimeError


def new_key_token(workspace: WorkspaceId, *, made_by: UUID, idempotency_key: str | None, secret: bytes) -> str:
    """The token of a new API key. A repeated request gets the same one, though no answer that holds it is stored.

    `secret` is 32 bytes of the deployment, used for nothing else; without an Idempotency-Key the token is random.
    """
    if idempotency_key is None:
        return opaque_token(KEY, workspace)
    request = b"".join((workspace.bytes, made_by.bytes, idempotency_key.encode()))
    return opaque_token(KEY, workspace, secret=hmac.digest(secret, request, "sha256"))


async def revoke_key(connection: Connection, workspace: WorkspaceId, key: KeyId, *, by: Actor, now: datetime) -> None:
    """End a key; again is harmless. Raises KeyNotFoundError."""
    ended_now = await credentials.revoked_key(connection, workspace, key, now=now)
    if ended_now is None:
        raise KeyNotFoundError
    if ended_now:
        await record(connection, workspace, "key.revoked", subject=key, by=by, now=now)
        await outbox.append(connection, workspace, [AccessRevoked(key_id=key)], now=now)


def role_of_scopes(scopes: Iterable[str]) -> str:
    """The smallest role that holds them all: a verifier cuts a token's scopes down to those of its role."""
    asked = frozenset(scopes)
    return next((role for role in _ROLES if asked <= ROLE_SCOPES[role]), "admin")


def grantable_scopes(held: frozenset[str]) -> frozenset[str]:
    """What the holder of these scopes may give to a key."""
    return held - _INNER
