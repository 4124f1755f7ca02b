"""Keys and what they sign: proofs of possession (DPoP) for each request, and who we are to an authorization server. Pure but for chance.

Called by signing_in and calling. Sources: RFC 9449 (DPoP), RFC 7523 (private_key_jwt), https://atproto.com/specs/oauth.
"""

import base64
import hashlib
import secrets as random
from collections.abc import Mapping
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

_KEY_BYTES = 32
_COORDINATE_BYTES = 32
# The order of P-256 (SEC 2, section 2.4.2): every number below it, but zero, is a key.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ASSERTION_HOLDS = timedelta(minutes=1)


def new_key() -> str:
    """Random bytes that a key is made of, in base64url."""
    return _text(random.token_bytes(_KEY_BYTES))


def public_key(key: str) -> dict[str, str]:
    """The public half as a JWK, with its thumbprint (RFC 7638) as `kid`."""
    whole = _key(key)
    told = {name: str(value) for name, value in whole.as_dict(private=False).items() if name in {"kty", "crv", "x", "y"}}
    return {**told, "kid": whole.thumbprint(), "use": "sig", "alg": "ES256"}


def proof(key: str, *, method: str, url: str, now: datetime, nonce: str = "", access: str = "") -> str:
    """That whoever makes this request has the key; with `access`, the token that is bound to it."""
    whole = _key(key)
    shown = {name: value for name, value in whole.as_dict(private=False).items() if name in {"kty", "crv", "x", "y"}}
    bare = url.partition("#")[0].partition("?")[0]
    claims = {"jti": random.token_urlsafe(16), "htm": method, "htu": bare, "iat": int(now.timestamp())}
    bound = {"ath": _text(hashlib.sha256(access.encode()).digest())} if access else {}
    return jwt.encode({"alg": "ES256", "typ": "dpop+jwt", "jwk": shown}, {**claims, **({"nonce": nonce} if nonce else {}), **bound}, whole)


def assertion(key: str, *, client_id: str, issuer: str, now: datetime) -> Mapping[str, str]:
    """The fields of a form that say who we are, once, for a minute."""
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "jti": random.token_urlsafe(16),
        "iat": int(now.timestamp()),
        "exp": int((now + _ASSERTION_HOLDS).timestamp()),
    }
    signed = jwt.encode({"alg": "ES256", "kid": public_key(key)["kid"]}, claims, _key(key))
    return {
        "client_id": client_id,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": signed,
    }


def challenge_of(verifier: str) -> str:
    """RFC 7636, S256."""
    return _text(hashlib.sha256(verifier.encode()).digest())


def _key(key: str) -> ECKey:
    """Raises ValueError for what is no text of `new_key`."""
    number = int.from_bytes(base64.urlsafe_b64decode(key.encode("ascii") + b"=" * (-len(key) % 4))) % (_ORDER - 1) + 1
    private = ec.derive_private_key(number, ec.SECP256R1())
    place = private.public_key().public_numbers()
    parts = {"d": number, "x": place.x, "y": place.y}
    return ECKey.import_key(
        {"kty": "EC", "crv": "P-256", **{name: _text(value.to_bytes(_COORDINATE_BYTES)) for name, value in parts.items()}}
    )


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
