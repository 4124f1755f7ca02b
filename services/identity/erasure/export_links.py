"""Links to the file of an export: good for whoever has one until it ends, and for this one file. Called by `exporting` and its edge."""

import base64
import binascii
import hashlib
import hmac
import struct
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from services.contracts.ids import PersonExportId, WorkspaceId

PATH = "/v1/person-exports/files/"
_FORM = struct.Struct(">16s16sQ")
_SIGNATURE_BYTES = 32


class Grant(NamedTuple):
    """What a link grants."""

    workspace: WorkspaceId
    export: PersonExportId


class ExportLinks:
    """Makes and reads links. `key` is a secret of the deployment, of this purpose alone."""

    def __init__(self, key: bytes, *, public_url: str) -> None:
        self._key = key
        self._public_url = public_url.rstrip("/")

    def make(self, workspace: WorkspaceId, export: UUID, *, end: datetime) -> str:
        """The address of a file, good until `end` (in whole seconds)."""
        told = _FORM.pack(workspace.bytes, export.bytes, int(end.timestamp()))
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
        workspace, export, end = _FORM.unpack(told)
        if now >= datetime.fromtimestamp(end, UTC):
            return None
        return Grant(WorkspaceId(UUID(bytes=workspace)), PersonExportId(UUID(bytes=export)))

    def _sign(self, told: bytes) -> bytes:
        return hmac.digest(self._key, told, hashlib.sha256)
