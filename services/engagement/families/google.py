"""Google's common ground: sign-in by OAuth, calls with a bearer token, and both forms of error bodies in the protocol's words.

How a connector uses it:
  sign-in   `begin_sign_in(...)`, `end_sign_in(...)` and `renew(...)` are the bodies of begin, exchange and refresh, `SIGN_IN` goes into the
            declaration with `CREDENTIALS`: one registration serves all platforms of Google's.
  calls     `api = api_for(channel, net=net, meanings={"commentsDisabled": Meaning.REJECTED})`, then
            `await api.call("POST", address, query={...}, json={...})`: the answer's object, or one of the SendErrors.
            The setting API_BASE of a channel, where a connector has it, stands in the place of all of Google's hosts.

Vendor's pages: https://developers.google.com/identity/protocols/oauth2/web-server, https://cloud.google.com/apis/design/errors,
https://developers.google.com/youtube/v3/docs/errors and .../v3/getting-started#quota (quotas begin anew at midnight Pacific time).
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

import msgspec

from services.engagement.protocol import (
    Authorization,
    ChannelAccess,
    CredentialsExpiredError,
    Field,
    Granted,
    InDoubtError,
    Net,
    NetAnswer,
    NotFoundError,
    NotJsonError,
    NotSentError,
    RateLimitedError,
    RejectedError,
    SendError,
    SignIn,
    read_json,
    read_time,
    retry_after_seconds,
    salvage,
)
from services.kit.clock import SystemClock

SIGN_IN = SignIn(app="google")
CREDENTIALS = (
    Field(name="refresh_token", description="What renews access; given by the sign-in", secret=True),
    Field(name="access_token", description="What opens the API for an hour; renewed by itself", secret=True, required=False),
)
API_BASE = Field(
    name="api_base",
    description="Another address of Google's APIs, such as a proxy's; their paths stay (left out: Google's own hosts)",
    required=False,
    form="address",
)
SIGN_IN_PAGE = "https://accounts.google.com/o/oauth2/v2/auth"
TOKEN = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
TIMEOUT_SECONDS = 20.0
USUAL_WAIT_SECONDS = 60.0
PACIFIC = ZoneInfo("America/Los_Angeles")
PAGE_BYTES = 8 * 1024 * 1024
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_CLIENT_ANSWER = frozenset({"data", "status", "statusText", "headers", "config", "request", "success"})


class Meaning(Enum):
    """What Google's reason, or its status in words, says about the call."""

    EXPIRED = "expired"
    LIMITED = "limited"
    QUOTA = "quota"
    GONE = "gone"
    REJECTED = "rejected"
    DOUBT = "doubt"


# By the reason of an error (errors[].reason, or ErrorInfo.reason in details), then by its status. What is not here goes by its code.
MEANINGS: Mapping[str, Meaning] = {
    "authError": Meaning.EXPIRED,
    "keyInvalid": Meaning.EXPIRED,
    "keyExpired": Meaning.EXPIRED,
    "insufficientPermissions": Meaning.EXPIRED,
    "accessNotConfigured": Meaning.EXPIRED,
    "youtubeSignupRequired": Meaning.EXPIRED,
    "ACCESS_TOKEN_EXPIRED": Meaning.EXPIRED,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": Meaning.EXPIRED,
    "ACCESS_TOKEN_TYPE_UNSUPPORTED": Meaning.EXPIRED,
    "API_KEY_INVALID": Meaning.EXPIRED,
    "SERVICE_DISABLED": Meaning.EXPIRED,
    "CREDENTIALS_MISSING": Meaning.EXPIRED,
    "quotaExceeded": Meaning.QUOTA,
    "dailyLimitExceeded": Meaning.QUOTA,
    "dailyLimitExceededUnreg": Meaning.QUOTA,
    "rateLimitExceeded": Meaning.LIMITED,
    "userRateLimitExceeded": Meaning.LIMITED,
    "concurrentLimitExceeded": Meaning.LIMITED,
    "RATE_LIMIT_EXCEEDED": Meaning.LIMITED,
    "notFound": Meaning.GONE,
    "backendError": Meaning.DOUBT,
    "internalError": Meaning.DOUBT,
    "UNAUTHENTICATED": Meaning.EXPIRED,
    "RESOURCE_EXHAUSTED": Meaning.LIMITED,
    "NOT_FOUND": Meaning.GONE,
    "UNAVAILABLE": Meaning.DOUBT,
    "INTERNAL": Meaning.DOUBT,
    "UNKNOWN": Meaning.DOUBT,
    "DEADLINE_EXCEEDED": Meaning.DOUBT,
    "ABORTED": Meaning.DOUBT,
}
# What the sign-in's own errors mean: nobody but the owner can mend these.
_SIGN_IN_ENDED = {"invalid_grant", "invalid_client", "unauthorized_client", "deleted_client", "access_denied", "org_internal"}


class _Item(msgspec.Struct):
    reason: str | None = None
    domain: str | None = None
    message: str | None = None


class _Detail(msgspec.Struct, rename="camel"):
    reason: str | None = None
    retry_delay: str | None = None


class GoogleError(msgspec.Struct):
    """What is read of `error` in an answer: the older form names reasons in `errors`, google.rpc.Status in `details`."""

    code: int | None = None
    message: str | None = None
    status: str | None = None
    errors: list[_Item] = msgspec.field(default_factory=list)
    details: list[_Detail] = msgspec.field(default_factory=list)

    @property
    def reasons(self) -> list[str]:
        """What it is called, the most exact first."""
        named = [each.reason for each in self.errors] + [each.reason for each in self.details] + [self.status]
        return [name for name in named if name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Google's APIs with one token. `meanings` of a connector go before the family's, `base` before Google's own hosts."""

    net: Net
    token: str = field(repr=False)
    base: str = ""
    meanings: Mapping[str, Meaning] = field(default_factory=dict)

    async def call(self, method: str, address: str, *, query: Mapping[str, str] | None = None, json: object = None) -> dict[str, object]:
        """One call: the object that it answers, {} where it answers nothing. Raises the tree of `SendError`.

        A read (GET) is never in doubt: what fails without a reason is `NotSentError`.
        """
        place = placed(address, base=self.base)
        url = f"{place}?{urlencode(query)}" if query else place
        headers = {"authorization": f"Bearer {self.token}"}
        answer = await self.net.request(
            method, url, json=json, headers=headers, timeout_seconds=TIMEOUT_SECONDS, max_bytes=PAGE_BYTES if method == "GET" else 1_048_576
        )
        return read_answer(answer, meanings=self.meanings, repeatable=method == "GET")


def api_for(channel: ChannelAccess, *, net: Net, meanings: Mapping[str, Meaning] | None = None) -> Api:
    """The APIs with the channel's token. Raises `CredentialsExpiredError` where it has none."""
    token = channel.credentials.get("access_token", "")
    if not token:
        raise CredentialsExpiredError("the channel has no access token: sign in again, or wait until it was renewed")
    return Api(net=net, token=token, base=channel.config.get("api_base", ""), meanings=meanings or {})


def placed(address: str, *, base: str) -> str:
    """An address of Google's, with another base in the place of its host."""
    parts = urlsplit(address)
    return f"{base.rstrip('/')}{parts.path}{f'?{parts.query}' if parts.query else ''}" if base else address


def read_answer(answer: NetAnswer, *, meanings: Mapping[str, Meaning], repeatable: bool) -> dict[str, object]:
    """Sort an answer: its object, or the error that it is."""
    try:
        said = read_json(answer.body) if answer.body.strip() else {}
    except NotJsonError:
        said = None
    if answer.status < 300 and said is not None:
        return said if isinstance(said, dict) else {}
    told = said.get("error") if isinstance(said, dict) else None
    error = salvage(told, into=GoogleError) if isinstance(told, dict) else GoogleError(message=told if isinstance(told, str) else None)
    raise refusal(error, answer=answer, meanings=meanings, repeatable=repeatable)


def refusal(error: GoogleError, *, answer: NetAnswer, meanings: Mapping[str, Meaning], repeatable: bool) -> SendError:
    """The error that an answer is. The reason is Google's sentence and its name for it."""
    name = next(iter(error.reasons), None)
    said = " ".join(part for part in (error.message, f"({name})" if name else None) if part)
    reason = said or f"Google answered {answer.status}"
    meaning = meaning_of(error, status=answer.status, meanings=meanings)
    if meaning is Meaning.DOUBT:
        return NotSentError(reason) if repeatable else InDoubtError(reason)
    if meaning is Meaning.QUOTA:
        return RateLimitedError(reason, retry_after_seconds=seconds_to_midnight(now_of(answer)))
    if meaning is Meaning.LIMITED:
        return RateLimitedError(reason, retry_after_seconds=_wait_of(error, answer=answer))
    plain = {Meaning.EXPIRED: CredentialsExpiredError, Meaning.GONE: NotFoundError}
    return plain.get(meaning, RejectedError)(reason)


def meaning_of(error: GoogleError, *, status: int, meanings: Mapping[str, Meaning]) -> Meaning:
    """By the connector's table, then the family's, then the status."""
    for table in (meanings, MEANINGS):
        for name in error.reasons:
            if name in table:
                return table[name]
    if status >= 500 or status < 300:
        return Meaning.DOUBT
    return {401: Meaning.EXPIRED, 404: Meaning.GONE, 429: Meaning.LIMITED}.get(status, Meaning.REJECTED)


def seconds_to_midnight(now: datetime) -> float:
    """Until the next midnight in California, when daily quotas begin anew."""
    local = now.astimezone(PACIFIC)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight.astimezone(UTC) - now).total_seconds()


def now_of(answer: NetAnswer) -> datetime:
    """What time it is at Google, by the answer's Date; the machine's where it has none."""
    try:
        told = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return SystemClock().now()
    return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)


def revision_of(told: str | None) -> str:
    """A time as part of a key or an id: Google writes the same moment with more or fewer digits. "" where there is none."""
    at = read_time(told, otherwise=_NEVER)
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at != _NEVER else told or ""


def begin_sign_in(*, app: Mapping[str, str], state: str, redirect_url: str, scopes: tuple[str, ...]) -> Authorization:
    """Google's page where the owner allows it, for a token that can be renewed while nobody is there (RFC 7636 keeps the code ours)."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "client_id": _of(app, "client_id"),
        "redirect_uri": redirect_url,
        "response_type": "code",
        "scope": " ".join(scopes),
        "access_type": "offline",
        "prompt": "consent",
        "include_granted_scopes": "true",
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return Authorization(url=f"{SIGN_IN_PAGE}?{urlencode(asked)}", keep={"code_verifier": verifier})


async def end_sign_in(*, app: Mapping[str, str], keep: Mapping[str, str], query: Mapping[str, str], redirect_url: str, net: Net) -> Granted:
    """The callback's code as credentials. Raises `RejectedError` where the owner said no, or gave nothing that can be renewed."""
    if query.get("error") or not query.get("code"):
        raise RejectedError(f"the sign-in was not completed: {query.get('error') or 'there is no code'}")
    form = {
        "grant_type": "authorization_code",
        "code": query["code"],
        "client_id": _of(app, "client_id"),
        "client_secret": _of(app, "client_secret"),
        "redirect_uri": redirect_url,
        "code_verifier": keep.get("code_verifier", ""),
    }
    granted = await _token(form, net=net)
    if not granted.credentials.get("refresh_token"):
        raise RejectedError(
            "Google gave no refresh token: take Rapport's access away at myaccount.google.com/permissions and sign in again"
        )
    return granted


async def renew(channel: ChannelAccess, *, net: Net) -> Granted:
    """A new access token; nothing for a channel that has none to renew. Raises `CredentialsExpiredError` where it was taken back."""
    kept = channel.credentials.get("refresh_token", "")
    if not kept:
        return Granted(credentials={})
    form = {
        "grant_type": "refresh_token",
        "refresh_token": kept,
        "client_id": _of(channel.app, "client_id"),
        "client_secret": _of(channel.app, "client_secret"),
    }
    return await _token(form, net=net)


class _Token(msgspec.Struct):
    access_token: str | None = None
    refresh_token: str | None = None
    expires_in: float | None = None


class _TokenError(msgspec.Struct):
    error: str | None = None
    error_description: str | None = None


async def _token(form: Mapping[str, str], *, net: Net) -> Granted:
    """Asking again does no harm, so nothing is in doubt. No setting of a channel leads elsewhere: the form holds our registration."""
    answer = await net.request("POST", TOKEN, data=form, timeout_seconds=TIMEOUT_SECONDS)
    try:
        said = read_json(answer.body)
    except NotJsonError:
        said = None
    token = salvage(said, into=_Token)
    if answer.status >= 300 or not token.access_token:
        raise _token_refusal(salvage(said, into=_TokenError), answer=answer)
    renewed = {"refresh_token": token.refresh_token} if token.refresh_token else {}
    expires_at = now_of(answer) + timedelta(seconds=token.expires_in) if token.expires_in else None
    return Granted(credentials={"access_token": token.access_token, **renewed}, expires_at=expires_at)


def _token_refusal(error: _TokenError, *, answer: NetAnswer) -> SendError:
    reason = ": ".join(part for part in (error.error, error.error_description) if part) or f"Google answered {answer.status}"
    if answer.status == 429:
        return RateLimitedError(reason, retry_after_seconds=retry_after_seconds(answer.headers, now=None, otherwise=USUAL_WAIT_SECONDS))
    if error.error in _SIGN_IN_ENDED:
        return CredentialsExpiredError(reason)
    return RejectedError(reason) if 400 <= answer.status < 500 else NotSentError(reason)


def _wait_of(error: GoogleError, *, answer: NetAnswer) -> float:
    """RetryInfo, then Retry-After, then a minute."""
    told = next((each.retry_delay for each in error.details if each.retry_delay), "").removesuffix("s")
    if told.replace(".", "", 1).isascii() and told.replace(".", "", 1).isdigit():
        return min(float(told), 86_400.0)
    return retry_after_seconds(answer.headers, now=now_of(answer), otherwise=USUAL_WAIT_SECONDS)


def _of(app: Mapping[str, str], name: str) -> str:
    value = app.get(name, "")
    if not value:
        raise RejectedError(f"our registration at Google has no {name}: an operator has to give it")
    return value


def unwrapped(top: object) -> object:
    """What a client put around an answer of Google's (`data` beside `status` and `headers`); all else as it is."""
    while isinstance(top, dict) and len(top) > 1 and top.keys() <= _CLIENT_ANSWER and isinstance(top.get("data"), dict | list):
        top = top["data"]
    return top
