"""What is handed out: signed access tokens (RFC 7519) of five minutes, and opaque tokens that name their workspace.

Called by `entrance`, `sessions` and `api_keys`. Claims are those that kit's verifier reads.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from joserfc import jwt

from services.contracts.ids import WorkspaceId
from services.identity.access.signing_keys import SigningKeys
from services.kit.access import ALGORITHM
from services.kit.crypto import new_token
from services.kit.ids import new_id

LIFETIME = timedelta(minutes=5)
REFRESH = "rr_"
KEY = "rk_"
INVITATION = "ri_"
PREFIX_CHARS = 8
_WORKSPACE_CHARS = 22
_OPAQUE = re.compile(r"(rr_|rk_|ri_)[A-Za-z0-9_-]{22}[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A token and the whole seconds that it is good for."""

    token: str
    expires_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """For whom a token speaks. Exactly one of `session` and `key` is given, or neither for our own workers."""

    subject: UUID
    workspace: WorkspaceId
    role: str
    scopes: tuple[str, ...]
    disciplines: tuple[str, ...] = ()
    name: str = ""
    session: UUID | None = None
    key: UUID | None = None
    ends_at: datetime | None = None


async def signed_token(keys: SigningKeys, grant: Grant, *, now: datetime) -> AccessToken:
    """An access token; it does not outlive the key or session that it comes from."""
    key = await keys.current()
    issued_at = int(now.timestamp())
    expires_at = issued_at + int(LIFETIME.total_seconds())
    if grant.ends_at is not None:
        expires_at = min(expires_at, int(grant.ends_at.timestamp()))
    token = jwt.encode({"alg": ALGORITHM, "kid": key.kid}, _claims(grant, issued_at, expires_at), key, [ALGORITHM])
    return AccessToken(token=token, expires_in=max(0, expires_at - issued_at))


def _claims(grant: Grant, issued_at: int, expires_at: int) -> dict[str, object]:
    claims: dict[str, object] = {
        "iss": "rapport",
        "aud": "rapport",
        "sub": str(grant.subject),
        "ws": str(grant.workspace),
        "role": grant.role,
        "scp": list(grant.scopes),
        "dsc": list(grant.disciplines),
        "name": grant.name,
        "iat": issued_at,
        "exp": expires_at,
        "jti": new_id().hex,
    }
    if grant.session is not None:
        claims["sid"] = str(grant.session)
    if grant.key is not None:
        claims["kid_"] = str(grant.key)
    return claims


def opaque_token(prefix: str, workspace: WorkspaceId, *, secret: bytes | None = None) -> str:
    """`prefix`, the workspace in clear, 256 secret bits (random unless given): found under row-level security, by its hash."""
    return prefix + _text(workspace.bytes) + (new_token() if secret is None else _text(secret))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def workspace_of_token(token: str, *, prefix: str) -> WorkspaceId | None:
    """Where an opaque token would have to be known; None for what is no such token."""
    if not (token.startswith(prefix) and _OPAQUE.fullmatch(token)):
        return None
    place = token[len(prefix) : len(prefix) + _WORKSPACE_CHARS]
    try:
        return WorkspaceId(UUID(bytes=base64.urlsafe_b64decode(place + "==")))
    except (binascii.Error, ValueError):
        return None


def shown_prefix(token: str) -> str:
    """The part of an API key by which a person recognises it; it leaves more than 200 random bits unknown."""
    start = len(KEY) + _WORKSPACE_CHARS
    return f"{KEY}{token[start : start + PREFIX_CHARS]}"
