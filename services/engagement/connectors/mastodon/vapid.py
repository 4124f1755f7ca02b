"""Who sent a push (VAPID): a token that the server signs with its own key, for our address. Called by the connector's verify; pure.

Opening proves as much; this says besides that it is the server's key which was told when the channel was checked. Sources: RFC 8292, and
draft-ietf-webpush-vapid-01, whose headers Mastodon sends before 4.4; https://docs.joinmastodon.org/entities/Instance/#vapid.
"""

import base64
import binascii
import hmac
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from services.engagement.protocol import Request, Secrets, SignatureRefusedError, salvage

_LEEWAY = timedelta(minutes=5)
# RFC 8292, section 2: no token may last longer.
_LONGEST = timedelta(hours=24)
_LONGEST_TOKEN_CHARS = 4_000
_POINT_BYTES = 65


class _Claims(msgspec.Struct):
    aud: str | None = None
    exp: float = 0.0


def check_sender(request: Request, *, secrets: Secrets, now: datetime) -> None:
    """Raise `SignatureRefusedError` for a token of another key, for another address, or over; without one, where the key is known."""
    expected = secrets.config.get("vapid_key", "")
    token, key = _token_and_key(request)
    if not token:
        if expected:
            raise SignatureRefusedError("the push names no sender")
        return
    point = _bytes(key)
    if expected and not hmac.compare_digest(point, _bytes(expected)):
        raise SignatureRefusedError("the push is signed with another key than the server's")
    claims = _claims(token, point=point)
    if claims.aud != _origin(request.url):
        raise SignatureRefusedError("the push is for another address")
    if not now - _LEEWAY <= _moment(claims.exp) <= now + _LONGEST + _LEEWAY:
        raise SignatureRefusedError("the push's token is over")


def _token_and_key(request: Request) -> tuple[str, str]:
    """`vapid t=...,k=...`, or `WebPush ...` with the key beside that of the encryption. Empty where there is neither."""
    kind, _, said = (request.header("authorization") or "").partition(" ")
    if kind.lower() == "vapid":
        parts = _pairs(said)
        return parts.get("t", ""), parts.get("k", "")
    if kind.lower() in {"webpush", "bearer"}:
        return said.strip(), _pairs(request.header("crypto-key") or "").get("p256ecdsa", "")
    return "", ""


def _pairs(text: str) -> dict[str, str]:
    named = (part.strip().partition("=")[::2] for part in text.replace(",", ";").split(";"))
    return {name: value.strip('"') for name, value in named}


def _claims(token: str, *, point: bytes) -> _Claims:
    if len(token) > _LONGEST_TOKEN_CHARS or len(point) != _POINT_BYTES:
        raise SignatureRefusedError("the push's token cannot be read")
    try:
        key = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": _text(point[1:33]), "y": _text(point[33:])})
        return salvage(jwt.decode(token, key, algorithms=["ES256"]).claims, into=_Claims)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise SignatureRefusedError("the push's token is not signed with its key") from error


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _moment(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds).astimezone()
    except (ValueError, OverflowError, OSError) as error:
        raise SignatureRefusedError("the push's token has no end") from error


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return b""


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
