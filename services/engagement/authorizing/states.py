"""What leads to an authorization: the signed state that travels by the platform, and the code that the person hands on. Plain rules."""

import base64
import binascii
import hashlib
import hmac
from typing import Literal
from uuid import UUID

from services.contracts.ids import WorkspaceId
from services.kit.crypto import equal

PURPOSE = "channel-authorizations"
Use = Literal["state", "code"]
_TOKEN_CHARS = 64
_PROOF_BYTES = 16
# Eight characters of 32 that nobody mistakes for others: 40 bits, for ten minutes.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_CHARS = 8
_MISTAKEN = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


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


def code_of(key: bytes, *, workspace: WorkspaceId, authorization: UUID) -> str:
    """What the browser that came back is shown, such as 7K2M-Q0XD: whoever began takes it from there, and no state leads to it."""
    drawn = _proof(key, "code", workspace.bytes + authorization.bytes)[:_CODE_CHARS]
    letters = "".join(_LETTERS[each % len(_LETTERS)] for each in drawn)
    return f"{letters[:4]}-{letters[4:]}"


def is_code(key: bytes, given: str, *, workspace: WorkspaceId, authorization: UUID) -> bool:
    """Whether that is it, however it was written down."""
    said, right = (each.upper().translate(_MISTAKEN) for each in (given, code_of(key, workspace=workspace, authorization=authorization)))
    return equal(said.encode(), right.encode())


def _proof(key: bytes, use: Use, named: bytes) -> bytes:
    return hmac.new(key, f"rapport.authorization.{use}:".encode() + named, hashlib.sha256).digest()[:_PROOF_BYTES]
