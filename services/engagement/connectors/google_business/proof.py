"""The token that Pub/Sub puts on a push, checked with Google's keys. Called by the connector; its only I/O is the injected network.

Vendor's page: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions#validate_tokens. Without a service account to compare
with, everybody's Pub/Sub could push here: then nothing is believed.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from services.engagement.families.google import TIMEOUT_SECONDS, now_of
from services.engagement.protocol import (
    FetchedKeys,
    Net,
    NotJsonError,
    NotSentError,
    Request,
    Secrets,
    SignatureRefusedError,
    read_json,
    salvage,
)

KEYS = "https://www.googleapis.com/oauth2/v3/certs"
_ISSUERS = {"https://accounts.google.com", "accounts.google.com"}
_LEEWAY = timedelta(minutes=1)
_USUAL_AGE = timedelta(hours=1)
_LONGEST_AGE = timedelta(days=1)
_LONGEST_TOKEN_CHARS = 8_000


class _Head(msgspec.Struct):
    kid: str | None = None
    alg: str | None = None


class _Claims(msgspec.Struct):
    iss: str | None = None
    aud: str | None = None
    email: str | None = None
    email_verified: bool = False
    exp: float = 0.0
    iat: float = 0.0


def check_token(request: Request, *, secrets: Secrets, now: datetime) -> None:
    """Raise `SignatureRefusedError` unless the bearer token is Google's, for us, of our service account, and not over."""
    kind, _, token = (request.header("authorization") or "").partition(" ")
    expected = secrets.config.get("service_account", "")
    if kind.lower() != "bearer" or not token or len(token) > _LONGEST_TOKEN_CHARS:
        raise SignatureRefusedError("there is no bearer token: let the subscription of Pub/Sub authenticate its pushes")
    if not expected:
        raise SignatureRefusedError("the channel names no service_account, so no push can be believed")
    claims = _claims(token.strip(), keys=secrets.keys)
    if claims.iss not in _ISSUERS:
        raise SignatureRefusedError("the token is not of Google's making")
    if not claims.email_verified or not _same(claims.email, expected):
        raise SignatureRefusedError("the token is of another service account")
    if not any(_same(claims.aud, each) for each in _audiences(request, secrets=secrets)):
        raise SignatureRefusedError("the token is for another audience")
    if not claims.iat - _LEEWAY.total_seconds() <= now.timestamp() <= claims.exp + _LEEWAY.total_seconds():
        raise SignatureRefusedError("the token is over, or not begun")


async def google_keys(net: Net) -> FetchedKeys:
    """Google's public keys, each as a JWK, as long as Cache-Control says. Raises the tree of `SendError`."""
    answer = await net.request("GET", KEYS, timeout_seconds=TIMEOUT_SECONDS)
    try:
        said = read_json(answer.body)
    except NotJsonError:
        said = None
    listed = said.get("keys") if isinstance(said, dict) else None
    if answer.status != 200 or not isinstance(listed, list):
        raise NotSentError(f"Google answered {answer.status} when asked for its keys")
    keys = {str(each["kid"]): msgspec.json.encode(each) for each in listed if isinstance(each, dict) and each.get("kid")}
    return FetchedKeys(keys=keys, expires_at=now_of(answer) + _age_of(answer.headers))


def _claims(token: str, *, keys: Mapping[str, bytes]) -> _Claims:
    """What the token says, once its signature is proven. A key that is not known is asked for."""
    head = _head_of(token)
    if head.alg != "RS256" or not head.kid:
        raise SignatureRefusedError("the token is not signed as Google does")
    if head.kid not in keys:
        raise SignatureRefusedError("the token is signed with a key that is not known", refetch_keys=True)
    try:
        key = RSAKey.import_key(msgspec.json.decode(keys[head.kid], type=dict[str, str | list[str]]))
        return salvage(jwt.decode(token, key, algorithms=["RS256"]).claims, into=_Claims)
    except (JoseError, ValueError, TypeError) as error:
        raise SignatureRefusedError("the token's signature is wrong") from error


def _head_of(token: str) -> _Head:
    part = token.partition(".")[0]
    try:
        return salvage(read_json(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))), into=_Head)
    except (NotJsonError, binascii.Error, ValueError) as error:
        raise SignatureRefusedError("the bearer token cannot be read") from error


def _audiences(request: Request, *, secrets: Secrets) -> tuple[str, ...]:
    """What the subscription names, by default the address that it pushes to."""
    told = secrets.config.get("audience", "")
    return (told,) if told else tuple(each for each in (request.url, request.url.partition("?")[0]) if each)


def _same(given: str | None, expected: str) -> bool:
    return hmac.compare_digest((given or "").encode("utf-8", "replace"), expected.encode())


def _age_of(headers: Mapping[str, str]) -> timedelta:
    parts = (part.strip().partition("=") for part in headers.get("cache-control", "").split(","))
    told = next((value for name, _, value in parts if name.lower() == "max-age"), "")
    return min(timedelta(seconds=int(told)), _LONGEST_AGE) if told.isascii() and told.isdigit() and len(told) < 10 else _USUAL_AGE
