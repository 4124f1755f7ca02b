"""The token of an invitation's link: computed by identity, which keeps its hash, and by engagement, which writes the mail.

Stored nowhere. `key` is 32 bytes of the deployment, used for nothing else (PURPOSE).
"""

import base64
import hmac

from services.contracts.ids import InvitationId, WorkspaceId

PURPOSE = "identity.invitations"
PREFIX = "ri_"
PLACE = "{token}"


def invitation_token(key: bytes, *, workspace: WorkspaceId, invitation: InvitationId, sendings: int) -> str:
    """The prefix, the workspace in clear, 256 bits that nobody without the key can guess; another one for every sending."""
    secret = hmac.digest(key, workspace.bytes + invitation.bytes + sendings.to_bytes(4, "big"), "sha256")
    return PREFIX + _text(workspace.bytes) + _text(secret)


def invitation_link(template: str, token: str) -> str | None:
    """Where the invited person goes; None where the deployment names no address. `{token}` stands for the token."""
    return template.replace(PLACE, token) if template else None


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
