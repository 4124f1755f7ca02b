"""Who sends a request: a bearer token verified here, or an API key exchanged at identity. Called by every edge.

API keys are known by their hash alone and kept as long as their access token lives, or until they are revoked.
"""

import asyncio
import base64
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import msgspec

from gateway.clients import Ports
from gateway.clients.identity import IdentityClient
from gateway.clients.service import Service
from gateway.context import Asker
from gateway.errors import ServiceProblemError, ServiceUnavailableError, UnauthenticatedError
from services.contracts.events import AccessRevoked
from services.kit.access import TokenVerifier
from services.kit.clock import Clock
from services.kit.errors import UnauthenticatedError as TokenRefusedError
from services.kit.errors import UnavailableError

API_KEY_PREFIX = "rk_"
KEPT_KEYS = 10_000
RENEW_BEFORE_SECONDS = 15
CREDENTIAL_CHARS = 4_096
REFUSED = "This token is not valid, or not any more. Sign in again."

OnRevoked = Callable[[UUID], None]


@dataclass(frozen=True, slots=True)
class _Exchanged:
    """An API key's access token, and until when it is used (seconds since 1970)."""

    token: str
    until: float


class _Expiry(msgspec.Struct):
    exp: float


class Callers:
    """Knows the sender of each request, and forgets the revoked."""

    def __init__(self, verifier: TokenVerifier, *, ports: Ports, clock: Clock) -> None:
        self._verifier = verifier
        self._ports = ports
        self._clock = clock
        self._exchanged: OrderedDict[bytes, _Exchanged] = OrderedDict()
        self._exchanging: dict[bytes, asyncio.Lock] = {}
        self._on_revoked: list[OnRevoked] = []

    async def identify(self, credential: str | None, *, request_id: str, traceparent: str | None = None) -> Asker:
        """The asker behind a token or an API key, without its scheme; None is nobody.

        Raises UnauthenticatedError, ServiceUnavailableError.
        """
        if credential is None:
            return Asker(request_id=request_id, traceparent=traceparent)
        token = await self.access_token(credential, request_id=request_id)
        try:
            caller = await self._verifier.verify(token)
        except TokenRefusedError as error:
            raise UnauthenticatedError(REFUSED) from error
        except UnavailableError as error:
            raise ServiceUnavailableError("Tokens cannot be checked at the moment. Try again.") from error
        return Asker(request_id=request_id, caller=caller, token=token, expires_at=_expiry(token), traceparent=traceparent)

    async def access_token(self, credential: str, *, request_id: str) -> str:
        """The access token to send on: the credential itself, or what an API key is exchanged for."""
        if len(credential) > CREDENTIAL_CHARS or not credential.isascii():
            raise UnauthenticatedError(REFUSED)
        if not credential.startswith(API_KEY_PREFIX):
            return credential
        digest = hashlib.sha256(credential.encode()).digest()
        async with self._exchanging.setdefault(digest, asyncio.Lock()):
            known = self._exchanged.get(digest)
            if known is None or known.until <= self._clock.now().timestamp():
                known = await self._exchange(credential, request_id=request_id)
                self._keep(digest, known)
        self._exchanging.pop(digest, None)
        return known.token

    def revoke(self, event: AccessRevoked) -> None:
        """Forget a session or an API key: tokens, exchanged keys, open sockets."""
        if event.session_id is not None:
            self._verifier.revoke(event.session_id)
        if event.key_id is not None:
            self._verifier.revoke(event.key_id)
            self._exchanged.clear()
        ended = event.session_id or event.key_id
        if ended is not None:
            for callback in self._on_revoked:
                callback(ended)

    def when_revoked(self, callback: OnRevoked) -> None:
        """Call `callback` with the id of each session or key that is revoked."""
        self._on_revoked.append(callback)

    async def _exchange(self, credential: str, *, request_id: str) -> _Exchanged:
        headers = [("authorization", f"Bearer {credential}"), ("x-request-id", request_id)]
        identity = IdentityClient(Service("identity", self._ports.identity, headers))
        try:
            answer = await identity.exchange_key()
        except (UnauthenticatedError, ServiceProblemError) as error:
            raise UnauthenticatedError(REFUSED) from error
        until = self._clock.now().timestamp() + answer.expires_in - RENEW_BEFORE_SECONDS
        return _Exchanged(answer.access_token, until)

    def _keep(self, digest: bytes, exchanged: _Exchanged) -> None:
        self._exchanged[digest] = exchanged
        if len(self._exchanged) > KEPT_KEYS:
            self._exchanged.popitem(last=False)


def credential_of(authorization: list[bytes]) -> str | None:
    """The credential in the request's Authorization headers; None without any. Raises UnauthenticatedError."""
    if not authorization:
        return None
    scheme, _, credential = authorization[0].partition(b" ")
    credential = credential.strip()
    if len(authorization) > 1 or scheme.lower() != b"bearer" or not credential or not credential.isascii():
        raise UnauthenticatedError("Send `Authorization: Bearer <access token or API key>`.")
    return credential.decode("ascii")


def _expiry(token: str) -> float:
    """When a verified token ends, in seconds since 1970."""
    payload = token.split(".")[1]
    claims = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return msgspec.json.decode(claims, type=_Expiry).exp
