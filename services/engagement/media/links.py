"""Links to files that anybody who has them may follow until they end. Called by rendering of media and by the download route.

A link names workspace, file and end, signed; it grants this one file and nothing else.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from services.contracts.ids import WorkspaceId

PATH = "/media/"
# A link lasts between one and two hours: links made within one hour are the same, so a browser fetches a file once.
SPAN_SECONDS = 3600
_FORM = struct.Struct(">16s16sQ")
_SIGNATURE_BYTES = 32


class Grant(NamedTuple):
    """What a link grants."""

    workspace: WorkspaceId
    media: UUID


class Links:
    """Makes and reads links. `key` is a secret of the deployment, of this purpose alone."""

    def __init__(self, key: bytes, *, public_url: str) -> None:
        self._key = key
        self._public_url = public_url.rstrip("/")

    def make(self, workspace: WorkspaceId, media: UUID, *, now: datetime, lasting: timedelta = timedelta(seconds=SPAN_SECONDS)) -> str:
        """The address of a file, good for as long as told and up to an hour more."""
        end = ((int(now.timestamp()) + int(lasting.total_seconds())) // SPAN_SECONDS + 1) * SPAN_SECONDS
        told = _FORM.pack(workspace.bytes, media.bytes, end)
        token = base64.urlsafe_b64encode(told + self._sign(told)).rstrip(b"=").decode()
        return f"{self._public_url}{PATH}{token}"

    def read(self, token: str, *, now: datetime) -> Grant | None:
        """What a link's token grants; None for one that we did not make, or that has ended."""
        try:
            raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        told, signature = raw[: _FORM.size], raw[_FORM.size :]
        if len(raw) != _FORM.size + _SIGNATURE_BYTES or not hmac.compare_digest(signature, self._sign(told)):
            return None
        workspace, media, end = _FORM.unpack(told)
        if now >= datetime.fromtimestamp(end, UTC):
            return None
        return Grant(WorkspaceId(UUID(bytes=workspace)), UUID(bytes=media))

    def _sign(self, told: bytes) -> bytes:
        return hmac.digest(self._key, told, hashlib.sha256)
