"""WebSub's common ground: subscribing at a hub, its question whether we meant it, its signature, and for how long it grants a subscription.

How a connector uses it:
  subscribe  `callback = proven(webhook_url, topic=..., secret=...)`, `await ask_hub(hub, mode="subscribe", callback=callback, ...)`, then
             `UNCONFIRMED` as how long it holds: what the hub grants comes with its question, and counts from then on.
  handshake  `answer_hub(request, is_ours=...)`, where `is_proven(request, topic, secrets=secrets)`; for a channel that was disconnected
             `let_go(request)`.
  verify     `check_hub_signature(request, secrets=secrets)`.
  parse      `read_granted(body)` before anything else: what the handshake left in the journal.

Specification: https://www.w3.org/TR/websub/ (5 for subscribing, 7 for signatures). A wrong signature is answered with success and
ignored, so that whoever guesses learns nothing.
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import msgspec

from services.engagement.protocol import (
    HandshakeAnswer,
    Net,
    NotJsonError,
    NotSentError,
    Parsed,
    RateLimitedError,
    RawItem,
    RejectedError,
    Request,
    Secrets,
    SignatureRefusedError,
    read_payload,
    retry_after_seconds,
)

# What we ask for; hubs grant what they like.
WISHED_SECONDS = 864_000
# A hub asks back within minutes. One that never does is asked again, some hours later.
UNCONFIRMED = timedelta(hours=6)
# Less would keep us asking, more than we wished for would go on long after anybody noticed that nothing comes.
_SHORTEST_SECONDS, _LONGEST_SECONDS = 300, WISHED_SECONDS
# Hubs write some dozens.
_CHALLENGE_CHARS = 1_000
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})
_TIMEOUT_SECONDS = 20.0
_BUSY_SECONDS = 300.0
HUB_SIGNATURE = "x-hub-signature"
_METHODS = {"sha1", "sha256", "sha384", "sha512"}
_IGNORED = 200
_MARK = b'{"websub":'
_REASON_CHARS = 200
_PROOF = "topic"


class _Told(msgspec.Struct):
    """What a hub said: for how many seconds it delivers, or (0) why it does not."""

    seconds: int = 0
    reason: str = ""


class _Kept(msgspec.Struct):
    websub: _Told | None = None


def answer_hub(request: Request, *, is_ours: Callable[[str], bool]) -> HandshakeAnswer | None:
    """The challenge given back where we asked for this topic, and what was granted for the journal; None for a delivery.

    Raises `SignatureRefusedError`, also where the hub was told by somebody that we want no more.
    """
    if request.method.upper() != "GET":
        return None
    mode, challenge, topic = (_argument(request, f"hub.{name}") for name in ("mode", "challenge", "topic"))
    if mode == "denied":
        denied = _Told(reason=(_argument(request, "hub.reason") or "without a reason")[:_REASON_CHARS])
        return HandshakeAnswer(keep=_item(denied, challenge=request.url)) if is_ours(topic or "") else HandshakeAnswer()
    if mode not in {"subscribe", "unsubscribe"} or challenge is None:
        raise SignatureRefusedError("this is no question of a hub: hub.mode and hub.challenge are missing")
    if len(challenge) > _CHALLENGE_CHARS:
        raise SignatureRefusedError(f"hub.challenge is longer than {_CHALLENGE_CHARS} characters")
    if not is_ours(topic or ""):
        raise SignatureRefusedError("hub.topic is not what this channel subscribed to")
    if mode == "unsubscribe":
        raise SignatureRefusedError("this channel wants to go on")
    lease = _argument(request, "hub.lease_seconds") or ""
    seconds = int(lease) if lease.isascii() and lease.isdigit() and len(lease) < 12 else WISHED_SECONDS
    granted = _Told(seconds=min(max(seconds, _SHORTEST_SECONDS), _LONGEST_SECONDS))
    return HandshakeAnswer(body=challenge.encode(), keep=_item(granted, challenge=challenge))


def proven(webhook_url: str, *, topic: str, secret: str) -> str:
    """The address for a hub: it names, hashed with the channel's secret, what was subscribed to, for a hub signs no question."""
    return f"{webhook_url}?{_PROOF}={_proof(topic, secret=secret)}"


def is_proven(request: Request, topic: str, *, secrets: Secrets) -> bool:
    """Whether a question came to the address that `proven` made for this topic."""
    given = (request.argument(_PROOF) or "").encode("utf-8", "replace")
    return any(hmac.compare_digest(given, _proof(topic, secret=each).encode()) for each in secrets.candidates())


def let_go(request: Request) -> HandshakeAnswer | None:
    """The challenge given back where a hub asks whether a disconnected channel wants no more: whatever the topic, it does not."""
    challenge = _argument(request, "hub.challenge")
    if challenge is None or len(challenge) > _CHALLENGE_CHARS:
        return None
    ended = request.method.upper() == "GET" and _argument(request, "hub.mode") == "unsubscribe"
    return HandshakeAnswer(body=challenge.encode()) if ended else None


def check_hub_signature(request: Request, *, secrets: Secrets) -> None:
    """Raise `SignatureRefusedError` (200) unless X-Hub-Signature proves the body by the current or the previous secret."""
    method, _, given = (request.header(HUB_SIGNATURE) or "").strip().partition("=")
    method = method.lower()
    if method not in _METHODS:
        raise SignatureRefusedError("X-Hub-Signature is missing", status=_IGNORED)
    expected = [hmac.digest(secret.encode(), request.body, method).hex() for secret in secrets.candidates()]
    matches = [hmac.compare_digest(given.strip().lower().encode("utf-8", "replace"), each.encode()) for each in expected]
    if not any(matches):
        raise SignatureRefusedError("X-Hub-Signature is wrong", status=_IGNORED)


def read_granted(body: bytes) -> Parsed | None:
    """What a hub's question said of how long it delivers; None for any other item."""
    if not body.startswith(_MARK):
        return None
    try:
        told = read_payload(body, into=_Kept).websub or _Told()
    except NotJsonError:
        told = _Told()
    if told.seconds <= 0:
        return Parsed(ignored=f"the hub does not deliver: {told.reason or 'without a reason'}", lease=timedelta())
    seconds = min(told.seconds, _LONGEST_SECONDS)
    return Parsed(ignored=f"the hub delivers for {seconds} seconds", lease=timedelta(seconds=seconds))


async def ask_hub(hub: str, *, mode: str, topic: str, callback: str, secret: str, net: Net) -> None:
    """Subscribe, or end it; what counts is the hub's question afterwards. Raises the tree of `SendError`.

    A secret that anybody on the way could read proves nothing, so a hub without https is refused (`RejectedError`) before it is asked.
    """
    if secret and not _is_private(hub):
        raise RejectedError("the hub has no https address, so that it cannot be told a secret")
    wished = {"hub.secret": secret, "hub.lease_seconds": str(WISHED_SECONDS)} if mode == "subscribe" else {}
    # `hub.verify` is of the version before WebSub; hubs that still know that version demand it.
    form = {"hub.callback": callback, "hub.topic": topic, "hub.mode": mode, "hub.verify": "async", **wished}
    answer = await net.request("POST", hub, data=form, timeout_seconds=_TIMEOUT_SECONDS)
    if answer.status < 300:
        return
    reason = f"the hub answered {answer.status}"
    if answer.status == 429:
        wait = retry_after_seconds(answer.headers, now=None, otherwise=_BUSY_SECONDS)
        raise RateLimitedError(reason, retry_after_seconds=wait)
    if answer.status >= 500:
        raise NotSentError(reason)
    raise RejectedError(f"{reason}: {answer.body.decode('utf-8', 'replace')[:_REASON_CHARS]}")


def _proof(topic: str, *, secret: str) -> str:
    return hmac.new(secret.encode(), f"websub topic {topic}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:40]


def _is_private(hub: str) -> bool:
    """Whether nobody can read along on the way to this address."""
    try:
        address = urlsplit(hub)
    except ValueError:
        return False
    return address.scheme == "https" or (address.scheme == "http" and address.hostname in _THIS_MACHINE)


def _item(told: _Told, *, challenge: str) -> RawItem:
    """Under a key of the question: the same one asked again is no second answer."""
    body = msgspec.json.encode(_Kept(websub=told))
    return RawItem(key=f"websub:{hashlib.sha256(challenge.encode('utf-8', 'replace') + body).hexdigest()}", body=body)


def _argument(request: Request, name: str) -> str | None:
    told = request.argument(name)
    return told if told is not None else dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True)).get(name)
