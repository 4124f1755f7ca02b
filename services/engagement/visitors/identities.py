"""What a site's server says of somebody who is signed in there: a JWT (HS256) under the channel's identity secret. Checked here; pure.

Claims have the names of OpenID Connect: sub, name, email, email_verified, phone_number, phone_number_verified, locale; exp is required.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OctKey

from services.engagement.errors import IdentityRefusedError
from services.engagement.statements.visitors import Attributes

IDENTITY_LIMIT_CHARS = 4096
LONGEST_LIFE = timedelta(days=1)
SHORTEST_SECRET_BYTES = 32
_SKEW = timedelta(seconds=60)
_ALGORITHM = "HS256"
_UNREADABLE = (JoseError, ValueError, TypeError, KeyError, RecursionError)

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class _Claims(msgspec.Struct, frozen=True):
    """Other claims may stand beside these."""

    sub: Text
    exp: float
    nbf: float | None = None
    name: Text | None = None
    email: Text | None = None
    email_verified: bool = True
    phone_number: Text | None = None
    phone_number_verified: bool = True
    locale: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody as the site vouches for them; `proof` is the token's hash, by which a second use is told."""

    known: Attributes
    proof: bytes
    expires_at: datetime


def prove(token: str, *, secrets: Sequence[str], now: datetime) -> Identity:
    """The identity that a site's token proves, under any of the secrets. Raises IdentityRefusedError with what to change."""
    if len(token) > IDENTITY_LIMIT_CHARS:
        raise IdentityRefusedError(f"The identity has more than {IDENTITY_LIMIT_CHARS} characters.")
    claims = _claims_of(token, secrets=secrets)
    expires_at = _time(claims.exp)
    if expires_at <= now - _SKEW:
        raise IdentityRefusedError("The identity has ended: sign a new one for each page.", reason="expired")
    if expires_at > now + LONGEST_LIFE + _SKEW:
        raise IdentityRefusedError("`exp` must be at most a day ahead.", reason="too_long")
    if claims.nbf is not None and _time(claims.nbf) > now + _SKEW:
        raise IdentityRefusedError("The identity is not valid yet: check the clock of your server.", reason="early")
    return Identity(known=_attributes(claims), proof=hashlib.sha256(token.encode()).digest(), expires_at=expires_at + _SKEW)


def _claims_of(token: str, *, secrets: Sequence[str]) -> _Claims:
    # A short secret could be guessed from one token; it proves nothing.
    keys = [secret.encode() for secret in secrets if len(secret.encode()) >= SHORTEST_SECRET_BYTES]
    for key in keys:
        try:
            return msgspec.convert(jwt.decode(token, OctKey.import_key(key), algorithms=[_ALGORITHM]).claims, type=_Claims)
        except BadSignatureError:
            continue
        except msgspec.ValidationError as error:
            raise IdentityRefusedError(f"The identity's claims cannot be used: {error}.", reason="claims") from error
        except _UNREADABLE as error:
            raise IdentityRefusedError("The identity is no JWT signed with HS256.", reason="unreadable") from error
    raise IdentityRefusedError("The identity is not signed with this channel's secret.", reason="signature")


def _attributes(claims: _Claims) -> Attributes:
    return Attributes(
        subject=_storable(claims.sub) or "",
        name=_storable(claims.name),
        email=_storable(claims.email),
        email_verified=claims.email is not None and claims.email_verified,
        phone=_storable(claims.phone_number),
        phone_verified=claims.phone_number is not None and claims.phone_number_verified,
        language=_storable(claims.locale),
    )


def _storable(value: str | None) -> str | None:
    return None if value is None else value.replace("\x00", "").encode("utf-8", "replace").decode()


def _time(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise IdentityRefusedError("A time in the identity is none.", reason="claims") from error
