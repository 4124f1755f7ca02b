"""Sessions: by app password, kept in memory, renewed before they end; or by the tokens that signing in gave. Called by calling.

A session is made once and renewed by its refresh token, for sign-ins are limited (30 in five minutes, 300 a day for an account).
Its only I/O is the injected network.
Vendor's pages: https://docs.bsky.app/docs/api/com-atproto-server-create-session, com-atproto-server-refresh-session.
"""

import asyncio
import base64
import binascii
import hashlib
from dataclasses import dataclass, field

import msgspec

from services.engagement.connectors.bluesky.answers import SignedIn, failure_of
from services.engagement.protocol import (
    ChannelAccess,
    CredentialsExpiredError,
    InDoubtError,
    Net,
    NetAnswer,
    NotJsonError,
    NotSentError,
    RateLimitedError,
    RejectedError,
    SendError,
    read_json,
    read_payload,
)
from services.kit.clock import Clock

DEFAULT_SERVICE = "https://bsky.social"
GRANT = "oauth"
_TIMEOUT_SECONDS = 15.0
_EARLY_SECONDS = 300.0
_MOST_SESSIONS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who we are there, and the tokens that say so. `ends_at` (seconds since 1970) as the access token says, where it does.

    `home` is the server that keeps the account: behind an entrance (bsky.social) only that one passes calls on to other services.
    `key` proves each call where the tokens came by signing in (OAuth).
    """

    did: str
    handle: str
    home: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    ends_at: float | None = None
    key: str = field(default="", repr=False)


class Grant(msgspec.Struct, kw_only=True):
    """What signing in gave, as the channel's credentials keep it: tokens, the key that they are bound to, and where they are renewed."""

    key: str = ""
    access: str = ""
    refresh: str = ""
    ends_at: float = 0.0
    issuer: str = ""
    token: str = ""
    client_id: str = ""
    home: str = ""
    did: str = ""
    handle: str = ""


@dataclass(slots=True)
class _Seat:
    """One account's session; one task at a time signs in."""

    session: Session | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Sessions:
    """The sessions of this process. `clock` is compared with what the server says of its tokens."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seats: dict[bytes, _Seat] = {}
        self._nonces: dict[str, str] = {}

    async def current(self, channel: ChannelAccess, *, net: Net) -> Session:
        """A session that holds for some minutes. Raises `CredentialsExpiredError`, `RateLimitedError`, `NotSentError`."""
        if channel.credentials.get(GRANT):
            return self._granted(channel)
        seat = self._seat(channel)
        if seat.session is None or self._ends_soon(seat.session):
            await self.renew(channel, stale=seat.session, net=net)
        if seat.session is None:
            raise NotSentError("the session ended meanwhile")
        return seat.session

    def nonce_of(self, home: str) -> str:
        """What a server wants to see in the next proof; "" where it has not said."""
        return self._nonces.get(home, "")

    def keep_nonce(self, home: str, nonce: str) -> None:
        """The last one that a server gave."""
        self._nonces.pop(home, None)
        self._nonces[home] = nonce
        while len(self._nonces) > _MOST_SESSIONS:
            self._nonces.pop(next(iter(self._nonces)))

    def _granted(self, channel: ChannelAccess) -> Session:
        """The tokens that signing in gave; the house renews them before they end."""
        grant = grant_in(channel)
        if grant is None or not grant.access:
            raise CredentialsExpiredError("what signing in gave cannot be read: sign in again")
        if grant.ends_at <= self._clock.now().timestamp():
            raise NotSentError("the tokens have ended, and are about to be renewed")
        parts = {"did": grant.did, "handle": grant.handle, "home": grant.home, "key": grant.key}
        return Session(access=grant.access, refresh="", ends_at=grant.ends_at, **parts)

    async def renew(self, channel: ChannelAccess, *, stale: Session | None, net: Net) -> None:
        """Put another session in the place of `stale`: by its refresh token, else by the password."""
        seat = self._seat(channel)
        async with seat.lock:
            if seat.session is not stale:
                return
            renewed = await self._refreshed(stale, channel=channel, net=net) if stale else None
            seat.session = renewed or await self.sign_in(channel, net=net)

    async def sign_in(self, channel: ChannelAccess, *, net: Net) -> Session:
        """A new session by the password."""
        identifier, password = channel.config.get("identifier", "").strip(), channel.credentials.get("app_password", "").strip()
        if not identifier or not password:
            raise CredentialsExpiredError("the channel has no identifier or no app password")
        json = {"identifier": identifier.removeprefix("@"), "password": password}
        return await self._ask(channel, "createSession", net=net, json=json)

    async def _refreshed(self, stale: Session, *, channel: ChannelAccess, net: Net) -> Session | None:
        """None where the refresh token has ended as well."""
        try:
            return await self._ask(channel, "refreshSession", net=net, headers={"authorization": f"Bearer {stale.refresh}"})
        except RejectedError:
            return None

    async def _ask(
        self, channel: ChannelAccess, name: str, *, net: Net, json: object = None, headers: dict[str, str] | None = None
    ) -> Session:
        url = f"{service_of(channel)}/xrpc/com.atproto.server.{name}"
        try:
            answer = await net.request("POST", url, json=json, headers=headers, timeout_seconds=_TIMEOUT_SECONDS)
        except InDoubtError as error:
            raise NotSentError(error.reason) from error
        return _session_in(answer, service=service_of(channel)) or _raise(failure_of(answer, now=self._clock.now(), chat=False))

    def _ends_soon(self, session: Session) -> bool:
        return session.ends_at is not None and session.ends_at - self._clock.now().timestamp() < _EARLY_SECONDS

    def _seat(self, channel: ChannelAccess) -> _Seat:
        parts = (service_of(channel), channel.config.get("identifier", ""), channel.credentials.get("app_password", ""))
        key = hashlib.sha256("\x00".join(parts).encode("utf-8", "replace")).digest()
        seat = self._seats.pop(key, None) or _Seat()
        # The last ones used stay.
        self._seats[key] = seat
        while len(self._seats) > _MOST_SESSIONS:
            self._seats.pop(next(iter(self._seats)))
        return seat


def grant_in(channel: ChannelAccess) -> Grant | None:
    """What signing in gave; None where it cannot be read."""
    try:
        return read_payload(channel.credentials.get(GRANT, "").encode(), into=Grant)
    except NotJsonError:
        return None


def service_of(channel: ChannelAccess) -> str:
    """The server that keeps the account, or the entrance to it."""
    return (channel.config.get("service") or DEFAULT_SERVICE).rstrip("/")


def _session_in(answer: NetAnswer, *, service: str) -> Session | None:
    try:
        said = read_payload(answer.body, into=SignedIn)
    except NotJsonError:
        return None
    if answer.status >= 300 or not (said.access_jwt and said.refresh_jwt and said.did):
        return None
    ends_at = _end_of(said.access_jwt)
    return Session(
        did=said.did,
        handle=said.handle or "",
        home=home_in(said.did_doc) or service,
        access=said.access_jwt,
        refresh=said.refresh_jwt,
        ends_at=ends_at,
    )


def home_in(document: object) -> str | None:
    """The server that a DID document names (https://atproto.com/specs/did#did-documents)."""
    listed = document.get("service") if isinstance(document, dict) else None
    for each in listed if isinstance(listed, list) else []:
        address = each.get("serviceEndpoint") if isinstance(each, dict) and str(each.get("id")).endswith("#atproto_pds") else None
        if isinstance(address, str) and address.startswith("https://"):
            return address.rstrip("/")
    return None


def _end_of(token: str) -> float | None:
    """When a token says that it ends (`exp`). It is not ours to verify."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = read_json(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, NotJsonError):
        return None
    end = claims.get("exp") if isinstance(claims, dict) else None
    return float(end) if isinstance(end, int | float) and not isinstance(end, bool) else None


def _raise(error: SendError) -> Session:
    """Nothing was sent, whatever broke while we signed in; who is refused here is refused altogether."""
    if isinstance(error, InDoubtError):
        raise NotSentError(error.reason)
    if isinstance(error, RejectedError) and not isinstance(error, RateLimitedError):
        raise CredentialsExpiredError(error.reason)
    raise error
