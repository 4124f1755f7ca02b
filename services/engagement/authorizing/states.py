"""Signed tokens that lead to an authorization: the state that travels by the platform, and the leave to choose accounts. Plain rules."""

import base64
import binascii
import hashlib
import hmac
from typing import Literal
from uuid import UUID

from services.contracts.ids import WorkspaceId
from services.kit.crypto import equal

PURPOSE = "channel-authorizations"
Use = Literal["state", "choice"]
_TOKEN_CHARS = 64
_PROOF_BYTES = 16


def token_of(key: bytes, *, use: Use, workspace: WorkspaceId, authorization: UUID) -> str:
    """64 characters of A-Za-z0-9_- that name an authorization and prove that we made them, for one use only."""
    named = workspace.bytes + authorization.bytes
    return base64.urlsafe_b64encode(named + _proof(key, use, named)).decode()


def read_token(key: bytes, token: str, *, use: Use) -> tuple[WorkspaceId, UUID] | None:
    """The workspace and the authorization of a token that we made for this use; None for any other."""
    if len(token) != _TOKEN_CHARS or not token.isascii():
        return None
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    named, proof = raw[:-_PROOF_BYTES], raw[-_PROOF_BYTES:]
    if not equal(_proof(key, use, named), proof):
        return None
    return WorkspaceId(UUID(bytes=named[:16])), UUID(bytes=named[16:])


def _proof(key: bytes, use: Use, named: bytes) -> bytes:
    return hmac.new(key, f"rapport.authorization.{use}:".encode() + named, hashlib.sha256).digest()[:_PROOF_BYTES]
