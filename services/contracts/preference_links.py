"""Signed links by which a person sees and changes what we may write, without an account. Plain rules, no I/O.

Called by identity, which serves and ends them, and by engagement, which puts them into messages; both hold the key.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.contracts.ids import ProfileId, WorkspaceId

PURPOSE = "preference-links"
PATH = "/preferences/"
GOOD_FOR = timedelta(days=365)
_FORM = b"rapport.preferences.v1:"
_TOKEN_CHARS = 80
_NAMED_BYTES = 16 + 16 + 8
_PROOF_BYTES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceLink:
    """Whose preferences, in which workspace, and when the link was made (in whole seconds)."""

    workspace: WorkspaceId
    profile: ProfileId
    made_at: datetime


def token_of(key: bytes, link: PreferenceLink) -> str:
    """What the link ends with: 80 characters."""
    named = link.workspace.bytes + link.profile.bytes + int(link.made_at.timestamp()).to_bytes(8, "big")
    return base64.urlsafe_b64encode(named + _proof(key, named)).decode()


def read_token(key: bytes, token: str, *, now: datetime) -> PreferenceLink | None:
    """The link whose token we made, while it is good; None for any other."""
    if len(token) != _TOKEN_CHARS or not token.isascii():
        return None
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    named, proof = raw[:_NAMED_BYTES], raw[_NAMED_BYTES:]
    if not hmac.compare_digest(_proof(key, named), proof):
        return None
    made_at = datetime.fromtimestamp(int.from_bytes(named[32:], "big"), UTC)
    if made_at + GOOD_FOR <= now:
        return None
    return PreferenceLink(workspace=WorkspaceId(UUID(bytes=named[:16])), profile=ProfileId(UUID(bytes=named[16:32])), made_at=made_at)


def _proof(key: bytes, named: bytes) -> bytes:
    return hmac.new(key, _FORM + named, hashlib.sha256).digest()[:_PROOF_BYTES]
