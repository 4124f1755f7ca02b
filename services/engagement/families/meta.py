"""Meta's common ground: the webhook challenge, signatures, and calls of the Graph API with its errors in the protocol's words.

How a connector uses it:
  handshake  `return answer_challenge(request, secrets=secrets)`; the channel's field `verify_token` is what Meta has to name.
  verify     `check_signature(request, secrets=secrets)`; the signing secret is the app's secret.
  calls      `graph = graph_for(channel, net=net, meanings={(131047, None): Meaning.WINDOW}, allowed=("a template",))`, then
             `await graph.call("POST", f"{page}/messages", json={...})`: the answer's object, or one of the SendErrors.
             The field `token` is sent as bearer; with an app secret, `appsecret_proof` goes along, as Meta advises.

Vendor's pages: https://developers.facebook.com/docs/graph-api/webhooks/getting-started,
https://developers.facebook.com/docs/graph-api/guides/error-handling, .../graph-api/overview/rate-limiting and .../guides/secure-requests.
"""

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from services.engagement.protocol import (
    ChannelAccess,
    CredentialsExpiredError,
    HandshakeAnswer,
    InDoubtError,
    Net,
    NetAnswer,
    NotFoundError,
    NotJsonError,
    NotSentError,
    RateLimitedError,
    RejectedError,
    Request,
    Secrets,
    SendError,
    SignatureRefusedError,
    WindowClosedError,
    read_json,
    retry_after_seconds,
    salvage,
)

GRAPH_VERSION = "v23.0"
GRAPH_HOST = "https://graph.facebook.com"
TIMEOUT_SECONDS = 20.0
ANSWER_BYTES = 8 * 1024 * 1024
USUAL_WAIT_SECONDS = 60.0
_LONGEST_WAIT_MINUTES = 1440.0
_MOST_PAGES = 1000
# Meta writes some dozens.
_CHALLENGE_CHARS = 1_000
_SIGNATURE = "x-hub-signature-256"
_PREFIX = "sha256="


def answer_challenge(request: Request, *, secrets: Secrets) -> HandshakeAnswer | None:
    """The challenge, given back, where the request is one; None for a delivery. Raises `SignatureRefusedError` (403) for a wrong token."""
    if request.method.upper() != "GET":
        return None
    given = _argument(request, "verify_token") or ""
    challenge = _argument(request, "challenge")
    wanted = secrets.config.get("verify_token", "")
    if not hmac.compare_digest(given.encode(), wanted.encode()) or not wanted:
        raise SignatureRefusedError("hub.verify_token is not the channel's verify_token", status=403)
    if _argument(request, "mode") != "subscribe" or challenge is None:
        raise SignatureRefusedError("this is no challenge: hub.mode=subscribe and hub.challenge are missing", status=403)
    if len(challenge) > _CHALLENGE_CHARS:
        raise SignatureRefusedError(f"hub.challenge is longer than {_CHALLENGE_CHARS} characters", status=403)
    return HandshakeAnswer(body=challenge.encode())


def check_signature(request: Request, *, secrets: Secrets) -> None:
    """Raise `SignatureRefusedError` unless X-Hub-Signature-256 proves the raw body by the current or the previous app secret.

    X-Hub-Signature (SHA-1), which Meta still sends beside it, proves nothing alone.
    """
    given = (request.header(_SIGNATURE) or "").strip().encode()
    expected = [_PREFIX + hmac.digest(secret.encode(), request.body, hashlib.sha256).hex() for secret in secrets.candidates()]
    matches = [hmac.compare_digest(given, each.encode()) for each in expected]
    if not any(matches):
        raise SignatureRefusedError("X-Hub-Signature-256 is missing or wrong")


class Meaning(Enum):
    """What an error code of Meta's says about the call."""

    EXPIRED = "expired"
    LIMITED = "limited"
    WINDOW = "window"
    GONE = "gone"
    REJECTED = "rejected"
    AGAIN = "again"
    DOUBT = "doubt"


Meanings = Mapping[tuple[int, int | None], Meaning]

# By code and subcode; (code, None) holds for all others of the code. What is not here is sorted by its status.
MEANINGS: Meanings = {
    (1, None): Meaning.DOUBT,
    (2, None): Meaning.DOUBT,
    (4, None): Meaning.LIMITED,
    (9, None): Meaning.LIMITED,
    (17, None): Meaning.LIMITED,
    (32, None): Meaning.LIMITED,
    (341, None): Meaning.LIMITED,
    (368, None): Meaning.LIMITED,
    (613, None): Meaning.LIMITED,
    (10, 2018065): Meaning.WINDOW,
    (10, 2018278): Meaning.WINDOW,
    (10, 2534022): Meaning.WINDOW,
    (100, 33): Meaning.GONE,
    (100, 2018001): Meaning.GONE,
    (102, None): Meaning.EXPIRED,
    (190, None): Meaning.EXPIRED,
    (463, None): Meaning.EXPIRED,
    (467, None): Meaning.EXPIRED,
    (551, None): Meaning.GONE,
    (803, None): Meaning.GONE,
    (1200, None): Meaning.AGAIN,
    (2500, None): Meaning.EXPIRED,
}
# Codes of business use cases (pages, messenger, instagram, whatsapp): all say that too much was asked.
_USE_CASE_LIMITS = range(80_000, 80_015)


class GraphError(msgspec.Struct):
    """What is read of `error` in an answer. `error_user_msg` is written for people."""

    message: str | None = None
    type: str | None = None
    code: int | None = None
    error_subcode: int | None = None
    is_transient: bool | None = None
    error_user_msg: str | None = None
    error_data: object = None
    fbtrace_id: str | None = None

    def words(self) -> str:
        """Meta's words for people, else for developers with the details that some products add; "" where it said nothing."""
        details = self.error_data.get("details") if isinstance(self.error_data, dict) else None
        parts = (self.message, details if isinstance(details, str) and details != self.message else None)
        return self.error_user_msg or ": ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The Graph API with one token. `meanings` go before the family's; `allowed` is what is still taken once a window is closed."""

    net: Net
    token: str = field(repr=False)
    app_secret: str = field(default="", repr=False)
    host: str = GRAPH_HOST
    meanings: Meanings = field(default_factory=dict)
    allowed: tuple[str, ...] = ()

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: object = None,
        data: bytes | Mapping[str, str] | None = None,
        content_type: str | None = None,
    ) -> dict[str, object]:
        """One call of `{host}/{version}/{path}`: the object that it answers ({} for a bare `true`). Raises the tree of `SendError`.

        A read (GET) is never in doubt: what fails without a reason is `NotSentError`.
        """
        wanted = {**(query or {}), **self._proof()}
        url = f"{self.host}/{GRAPH_VERSION}/{path}" + (f"?{urlencode(wanted)}" if wanted else "")
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        if content_type:
            headers["content-type"] = content_type
        answer = await self.net.request(
            method, url, json=json, data=data, headers=headers, timeout_seconds=TIMEOUT_SECONDS, max_bytes=ANSWER_BYTES
        )
        return self.read(answer, repeatable=method == "GET")

    async def pages(self, path: str, *, query: Mapping[str, str], most: int = _MOST_PAGES) -> AsyncIterator[dict[str, object]]:
        """The pages of a list, at most `most` of them, the first as Meta orders them."""
        wanted: Mapping[str, str] | None = query
        for _ in range(most):
            if wanted is None:
                return
            page = await self.call("GET", path, query=wanted)
            yield page
            wanted = _next_of(page)

    def read(self, answer: NetAnswer, *, repeatable: bool) -> dict[str, object]:
        """Sort an answer: its object, or the error that it is. `repeatable`: asking again does no harm, so nothing is in doubt."""
        try:
            said = read_json(answer.body)
        except NotJsonError:
            said = None
        if isinstance(said, dict) and isinstance(said.get("error"), dict):
            raise self.refusal(salvage(said["error"], into=GraphError), answer=answer, repeatable=repeatable)
        if answer.status < 300 and said is not None:
            return said if isinstance(said, dict) else {}
        raise self.refusal(GraphError(), answer=answer, repeatable=repeatable)

    def refusal(self, said: GraphError, *, answer: NetAnswer, repeatable: bool = False) -> SendError:
        """The error that an answer with this `error` is. The reason is Meta's words for people, else for developers."""
        reason = said.words() or f"Meta answered {answer.status}"
        meaning = self.meaning_of(said, status=answer.status)
        if meaning is Meaning.DOUBT:
            return NotSentError(reason) if repeatable else InDoubtError(reason)
        if meaning is Meaning.LIMITED:
            return RateLimitedError(reason, retry_after_seconds=wait_of(answer.headers))
        if meaning is Meaning.WINDOW:
            return WindowClosedError(reason, allowed=self.allowed)
        plain = {Meaning.EXPIRED: CredentialsExpiredError, Meaning.GONE: NotFoundError, Meaning.AGAIN: NotSentError}
        return plain.get(meaning, RejectedError)(reason)

    def meaning_of(self, said: GraphError, *, status: int) -> Meaning:
        """By the platform's table, then the family's, then the status."""
        code, subcode = said.code if said.code is not None else -1, said.error_subcode
        for table in (self.meanings, MEANINGS):
            for key in ((code, subcode), (code, None)):
                if key in table:
                    return table[key]
        if code in _USE_CASE_LIMITS or status == 429:
            return Meaning.LIMITED
        if status >= 500 or (status < 300 and said.code is None):
            return Meaning.DOUBT
        if said.is_transient:
            return Meaning.AGAIN
        return {401: Meaning.EXPIRED, 404: Meaning.GONE}.get(status, Meaning.REJECTED)

    def _proof(self) -> dict[str, str]:
        if not self.token or not self.app_secret:
            return {}
        return {"appsecret_proof": hmac.digest(self.app_secret.encode(), self.token.encode(), hashlib.sha256).hex()}


def graph_for(
    channel: ChannelAccess, *, net: Net, host: str = GRAPH_HOST, meanings: Meanings | None = None, allowed: tuple[str, ...] = ()
) -> Graph:
    """The Graph API with the channel's `token`, proven by its app secret. Raises `CredentialsExpiredError` where there is no token.

    The setting `api_base` of a channel, where a connector has it, goes before `host`; nobody there is shown the proof. What an app's
    secret makes of a token of one's choice is what proves a delivery of that text, and an app may serve several workspaces.
    """
    token = channel.credentials.get("token", "")
    if not token:
        raise CredentialsExpiredError("the channel has no access token")
    base = channel.config.get("api_base", "").rstrip("/")
    secret = "" if base else channel.signing_secret
    return Graph(net=net, token=token, app_secret=secret, host=base or host, meanings=meanings or {}, allowed=allowed)


def wait_of(headers: Mapping[str, str]) -> float:
    """Seconds to wait: Retry-After, else the longest that X-Business-Use-Case-Usage names (in minutes), else a minute."""
    told = retry_after_seconds(headers, now=None, otherwise=0.0) or _regain_minutes(headers.get("x-business-use-case-usage", "")) * 60
    return told or USUAL_WAIT_SECONDS


def _regain_minutes(header: str) -> float:
    try:
        usage = read_json(header.encode())
    except NotJsonError:
        return 0.0
    lists = usage.values() if isinstance(usage, dict) else ()
    entries = [entry for entries in lists if isinstance(entries, list) for entry in entries if isinstance(entry, dict)]
    waits = [salvage(entry, into=_Usage).estimated_time_to_regain_access or 0.0 for entry in entries]
    return min(max(waits, default=0.0), _LONGEST_WAIT_MINUTES)


class _Usage(msgspec.Struct):
    estimated_time_to_regain_access: float | None = None


def _argument(request: Request, name: str) -> str | None:
    """A `hub.` argument; of a recorded request also from its address, and with the underscore that PHP makes of the dot."""
    from_url = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    names = (f"hub.{name}", f"hub_{name}")
    return next((value for each in names if (value := request.argument(each) or from_url.get(each)) is not None), None)


def _next_of(page: Mapping[str, object]) -> dict[str, str] | None:
    """What asks for the page after this one. Meta's `next` is an address with our token in it: only its arguments are kept."""
    paging = page.get("paging")
    address = paging.get("next") if isinstance(paging, dict) else None
    if not isinstance(address, str):
        return None
    return {name: value for name, value in parse_qsl(urlsplit(address).query) if name not in {"access_token", "appsecret_proof"}}
