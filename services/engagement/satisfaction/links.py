"""Signed links to a rating: the workspace and the question in clear, and a proof that we made it. Plain rules."""

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

from services.contracts.ids import WorkspaceId
from services.kit.crypto import equal

PURPOSE = "satisfaction-links"
PATH = "/rate/"
_TOKEN_CHARS = 64
_PROOF_BYTES = 16


def token_of(key: bytes, *, workspace: WorkspaceId, rating: UUID) -> str:
    """What a link to this question ends with: 64 characters."""
    named = workspace.bytes + rating.bytes
    return base64.urlsafe_b64encode(named + _proof(key, named)).decode()


def read_token(key: bytes, token: str) -> tuple[WorkspaceId, UUID] | None:
    """The workspace and the question of a token that we made; None for any other."""
    if len(token) != _TOKEN_CHARS or not token.isascii():
        return None
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    named, proof = raw[:-_PROOF_BYTES], raw[-_PROOF_BYTES:]
    if not equal(_proof(key, named), proof):
        return None
    return WorkspaceId(UUID(bytes=named[:16])), UUID(bytes=named[16:])


def _proof(key: bytes, named: bytes) -> bytes:
    return hmac.new(key, b"rapport.rating:" + named, hashlib.sha256).digest()[:_PROOF_BYTES]
