"""Access tokens of strangers made into callers: EdDSA (Ed25519) only, keys by JWKS, kept until they expire or are revoked.

Held by each service and by the gateway; identity signs the tokens. Never asks anybody per request, never says why a
token was refused, follows no address in a token (jku, x5u, x5c and jwk are ignored).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from uuid import UUID

import msgspec
import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64decode

from services.contracts.ids import KeyId, MemberId, SessionId, WorkspaceId
from services.kit.access.callers import Caller, scopes_of_role
from services.kit.clock import Clock
from services.kit.errors import UnauthenticatedError, UnavailableError

ALGORITHM = "Ed25519"  # EdDSA on the one curve we use, under the name that RFC 9864 gives it
TOKEN_LIMIT_CHARS = 4096
_MAX_LIFETIME_SECONDS = 600
_SKEW_SECONDS = 30
_FETCH_PAUSE = timedelta(seconds=5)
_KEYS_STALE_AFTER = timedelta(minutes=5)
_FETCH_TIMEOUT_SECONDS = 5
_UNREADABLE = (JoseError, ValueError, TypeError, KeyError, RecursionError, msgspec.ValidationError)


class _Claims(msgspec.Struct, frozen=True, kw_only=True):
    iss: str
    aud: str
    sub: UUID
    ws: UUID
    role: str
    scp: list[str]
    iat: int
    exp: int
    jti: str
    nbf: int | None = None
    sid: UUID | None = None
    kid_: UUID | None = None
    dsc: list[str] = msgspec.field(default_factory=list)
    name: str = ""


class TokenVerifier:
    """Verifies tokens with the keys that `fetch_jwks` answers (a JWKS document, RFC 7517)."""

    def __init__(
        self,
        fetch_jwks: Callable[[], Awaitable[bytes]],
        *,
        clock: Clock,
        issuer: str = "rapport",
        audience: str = "rapport",
        cache_size: int = 2048,
    ) -> None:
        self._clock = clock
        self._issuer = issuer
        self._audience = audience
        self._cache_size = cache_size
        self._keys = _Keys(fetch_jwks, clock=clock)
        self._callers: OrderedDict[str, tuple[float, Caller]] = OrderedDict()
        self._revoked: dict[UUID, float] = {}

    async def verify(self, token: str) -> Caller:
        """The caller a token speaks for.

        Raises UnauthenticatedError for every token that is not valid now, UnavailableError where no keys can be had.
        """
        if len(token) > TOKEN_LIMIT_CHARS:
            raise _refusal()
        now = self._clock.now().timestamp()
        known = self._callers.get(token)
        if known is None:
            known = await self._read(token, now=now)
            self._keep(token, known)
        else:
            self._callers.move_to_end(token)
        expires_at, caller = known
        if expires_at <= now or self._is_revoked(caller):
            self._callers.pop(token, None)
            raise _refusal()
        return caller

    def revoke(self, credential: SessionId | KeyId) -> None:
        """Refuse every token of a session or an API key from now on."""
        now = self._clock.now().timestamp()
        forgotten = [each for each, until in self._revoked.items() if until < now]
        for each in forgotten:
            del self._revoked[each]
        self._revoked[credential] = now + _MAX_LIFETIME_SECONDS + _SKEW_SECONDS

    async def _read(self, token: str, *, now: float) -> tuple[float, Caller]:
        try:
            key = await self._keys.find(_key_id(token))
            if key is None:
                raise _refusal()
            payload = jwt.decode(token, key, algorithms=[ALGORITHM]).claims
            claims = msgspec.convert(payload, type=_Claims, strict=True)
        except _UNREADABLE as error:
            raise _refusal() from error
        self._check(claims, now=now)
        return float(claims.exp), _caller_of(claims)

    def _check(self, claims: _Claims, *, now: float) -> None:
        fits = (
            claims.iss == self._issuer
            and claims.aud == self._audience
            and claims.iat <= now + _SKEW_SECONDS
            and (claims.nbf is None or claims.nbf <= now + _SKEW_SECONDS)
            and now < claims.exp <= claims.iat + _MAX_LIFETIME_SECONDS
        )
        if not fits:
            raise _refusal()

    def _keep(self, token: str, known: tuple[float, Caller]) -> None:
        self._callers[token] = known
        if len(self._callers) > self._cache_size:
            self._callers.popitem(last=False)

    def _is_revoked(self, caller: Caller) -> bool:
        return bool(self._revoked) and (caller.session_id in self._revoked or caller.key_id in self._revoked)


class _Keys:
    """The published keys by id. Fetched again for an id that is not known, and when they grew old; at most each 5 s."""

    def __init__(self, fetch_jwks: Callable[[], Awaitable[bytes]], *, clock: Clock) -> None:
        self._fetch_jwks = fetch_jwks
        self._clock = clock
        self._lock = asyncio.Lock()
        self._keys: Mapping[str, OKPKey] | None = None
        self._fetched_at = self._tried_at = clock.now() - timedelta(days=1)

    async def find(self, key_id: str) -> OKPKey | None:
        """The key, or None where identity does not publish it. Raises UnavailableError before the first fetch succeeded."""
        old = self._clock.now() - self._fetched_at > _KEYS_STALE_AFTER
        if self._keys is None or old or key_id not in self._keys:
            await self._refresh()
        if self._keys is None:
            raise UnavailableError("The keys that tokens are checked with cannot be fetched.")
        return self._keys.get(key_id)

    async def _refresh(self) -> None:
        async with self._lock:
            now = self._clock.now()
            if now - self._tried_at < _FETCH_PAUSE:
                return
            self._tried_at = now
            try:
                async with asyncio.timeout(_FETCH_TIMEOUT_SECONDS):
                    self._keys = _read_jwks(await self._fetch_jwks())
            except (TimeoutError, OSError, UnavailableError, *_UNREADABLE):
                return  # the keys we have stay good; without any, `find` says so
            self._fetched_at = now


def _read_jwks(document: bytes) -> Mapping[str, OKPKey]:
    keys = orjson.loads(document)["keys"]
    return {key["kid"]: OKPKey.import_key(_public(key)) for key in keys if _signs(key)}


def _signs(key: Mapping[str, str]) -> bool:
    return key.get("kty") == "OKP" and key.get("crv") == "Ed25519" and key.get("use", "sig") == "sig" and "kid" in key


def _public(key: Mapping[str, str]) -> dict[str, str | list[str]]:
    return {name: key[name] for name in ("kty", "crv", "x", "kid")}


def _key_id(token: str) -> str:
    """The key a token names; joserfc checks the whole header again, with the algorithm fixed."""
    header = orjson.loads(urlsafe_b64decode(token.partition(".")[0].encode("ascii")))
    if not isinstance(header, dict) or header.get("alg") != ALGORITHM or not isinstance(header.get("kid"), str):
        raise _refusal()
    return str(header["kid"])


def _caller_of(claims: _Claims) -> Caller:
    by_key, by_session = claims.kid_ is not None, claims.sid is not None
    if by_key == by_session and (by_key or claims.role != "worker"):
        raise _refusal()
    return Caller(
        workspace_id=WorkspaceId(claims.ws),
        member_id=MemberId(claims.sub) if claims.sid else None,
        key_id=KeyId(claims.kid_) if claims.kid_ else None,
        session_id=SessionId(claims.sid) if claims.sid else None,
        role=claims.role,
        scopes=frozenset(claims.scp) & scopes_of_role(claims.role),
        disciplines=frozenset(claims.dsc),
        name=claims.name,
    )


def _refusal() -> UnauthenticatedError:
    return UnauthenticatedError("This access token is not valid, or not any more.")
