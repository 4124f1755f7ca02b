"""Leave for a visitor to hand in one file: a signed token that names workspace, channel, visitor and file. Made and read here; pure.

The same token lets the bytes in and, afterwards, puts the file beside a message of that visitor; nothing has to be remembered.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.errors import MediaRefusedError
from services.engagement.media.sniffing import PASSIVE
from services.engagement.visitors.allowances import Rate
from services.engagement.visitors.tokens import Place

SIZE_LIMIT_BYTES = 10 * 1024 * 1024
MOST_FILES = 5
# What browsers show without running anything of it, and the one format that everybody sends.
TYPES = PASSIVE | {"application/pdf"}
ADDRESS_RATE = Rate(burst=30, per_second=1 / 10)
LIFE = timedelta(days=1)
_FORM = struct.Struct(">16s16s16s16sQ")
_SIGNATURE_BYTES = 32
_UNKNOWN = "This file is not known here any more: choose it again."


@dataclass(frozen=True, slots=True)
class Leave:
    """What a token lets in: one file, of one visitor."""

    place: Place
    visitor: UUID
    media: UUID


class Leaves:
    """Makes and reads tokens; `key` is a secret of the deployment, of this purpose alone."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, leave: Leave, *, now: datetime) -> str:
        """The token, good for a day."""
        ids = (leave.place.workspace, leave.place.channel, leave.visitor, leave.media)
        told = _FORM.pack(*(each.bytes for each in ids), int((now + LIFE).timestamp()))
        return base64.urlsafe_b64encode(told + self._sign(told)).rstrip(b"=").decode()

    def read(self, token: str, *, now: datetime) -> Leave:
        """What a token lets in. Raises MediaRefusedError for one that we did not make, or that has ended."""
        try:
            raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise MediaRefusedError(_UNKNOWN) from error
        told, signature = raw[: _FORM.size], raw[_FORM.size :]
        if len(raw) != _FORM.size + _SIGNATURE_BYTES or not hmac.compare_digest(signature, self._sign(told)):
            raise MediaRefusedError(_UNKNOWN)
        workspace, channel, visitor, media, end = _FORM.unpack(told)
        if now >= datetime.fromtimestamp(end, UTC):
            raise MediaRefusedError(_UNKNOWN)
        place = Place(WorkspaceId(UUID(bytes=workspace)), ChannelId(UUID(bytes=channel)))
        return Leave(place, UUID(bytes=visitor), UUID(bytes=media))

    def media_of(self, tokens: Sequence[str], *, place: Place, visitor: UUID, now: datetime) -> tuple[UUID, ...]:
        """The files that a visitor names, each once. Raises MediaRefusedError where one is not theirs."""
        leaves = [self.read(token, now=now) for token in tokens]
        if any((leave.place, leave.visitor) != (place, visitor) for leave in leaves):
            raise MediaRefusedError(_UNKNOWN)
        return tuple(dict.fromkeys(leave.media for leave in leaves))

    def _sign(self, told: bytes) -> bytes:
        return hmac.digest(self._key, told, hashlib.sha256)
