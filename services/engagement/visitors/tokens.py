"""The token that a visitor's browser keeps: which visitor, of which channel, until when. Made and read here; pure.

Signed with a key of the deployment (HS256), so that no site and no other channel can make one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.errors import VisitorRefusedError

TOKEN_LIMIT_CHARS = 2048
AUDIENCE = "rapport-visitor"
_ALGORITHM = "HS256"
_UNREADABLE = (JoseError, ValueError, TypeError, KeyError, RecursionError, msgspec.ValidationError)


@dataclass(frozen=True, slots=True)
class Place:
    """The channel whose visitors these are."""

    workspace: WorkspaceId
    channel: ChannelId


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What a visitor's token says. `signed_in`: the site vouched for who it is."""

    visitor: UUID
    signed_in: bool
    expires_at: datetime

    def refuse_stale(self, row: asyncpg.Record | None) -> None:
        """Raise VisitorRefusedError where the visitor has signed in since, or is no longer known as signed in.

        What was said after signing in is not for whoever finds an old token in the browser.
        """
        if self.signed_in != bool(row is not None and row["subject"] is not None):
            raise VisitorRefusedError


class _Claims(msgspec.Struct, frozen=True):
    aud: str
    sub: UUID
    ws: UUID
    ch: UUID
    exp: int
    signed_in: bool


class Passes:
    """Makes and reads visitors' tokens; `key` is 32 bytes of the deployment's own."""

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(key)

    def make(self, granted: Pass, *, place: Place) -> str:
        """The token of a pass."""
        claims = {
            "aud": AUDIENCE,
            "sub": str(granted.visitor),
            "ws": str(place.workspace),
            "ch": str(place.channel),
            "exp": int(granted.expires_at.timestamp()),
            "signed_in": granted.signed_in,
        }
        return jwt.encode({"alg": _ALGORITHM}, claims, self._key, algorithms=[_ALGORITHM])

    def read(self, token: str, *, place: Place, now: datetime) -> Pass:
        """The pass of a token. Raises VisitorRefusedError where it is forged, over, or of another channel."""
        if len(token) > TOKEN_LIMIT_CHARS:
            raise VisitorRefusedError
        try:
            claims = msgspec.convert(jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims, type=_Claims)
            expires_at = datetime.fromtimestamp(claims.exp, tz=UTC)
        except (*_UNREADABLE, OverflowError, OSError) as error:
            raise VisitorRefusedError from error
        if claims.aud != AUDIENCE or (claims.ws, claims.ch) != (place.workspace, place.channel) or expires_at <= now:
            raise VisitorRefusedError
        return Pass(visitor=claims.sub, signed_in=claims.signed_in, expires_at=expires_at)
