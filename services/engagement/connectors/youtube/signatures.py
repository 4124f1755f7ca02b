"""The hub's challenge and its proof. Called by the connector; pure.

Vendor's pages: https://www.w3.org/TR/websub/#hub-verifies-intent and #signing-content. A wrong signature is to be answered with success
and ignored, so that whoever guesses learns nothing.
"""

import hmac
from urllib.parse import parse_qs, parse_qsl, urlsplit

from services.engagement.protocol import HandshakeAnswer, Request, Secrets, SignatureRefusedError

_HEADER = "x-hub-signature"
_METHODS = {"sha1", "sha256", "sha384", "sha512"}
_IGNORED = 200


def answer_hub(request: Request, *, secrets: Secrets) -> HandshakeAnswer | None:
    """The challenge given back, where it is for our channel's feed; None for a delivery. Raises `SignatureRefusedError` otherwise."""
    if request.method.upper() != "GET":
        return None
    mode, challenge = _argument(request, "hub.mode"), _argument(request, "hub.challenge")
    if mode == "denied":
        return HandshakeAnswer()
    if mode not in {"subscribe", "unsubscribe"} or challenge is None:
        raise SignatureRefusedError("this is no question of the hub: hub.mode and hub.challenge are missing")
    account = secrets.config.get("account", "")
    asked = parse_qs(urlsplit(_argument(request, "hub.topic") or "").query).get("channel_id", [""])[0]
    if account and asked != account:
        raise SignatureRefusedError("hub.topic is not the feed of this channel")
    return HandshakeAnswer(body=challenge.encode())


def check_hub_signature(request: Request, *, secrets: Secrets) -> None:
    """Raise `SignatureRefusedError` (200) unless X-Hub-Signature proves the body by the current or the previous secret."""
    method, _, given = (request.header(_HEADER) or "").strip().partition("=")
    method = method.lower()
    if method not in _METHODS:
        raise SignatureRefusedError("X-Hub-Signature is missing", status=_IGNORED)
    expected = [hmac.digest(secret.encode(), request.body, method).hex() for secret in secrets.candidates()]
    matches = [hmac.compare_digest(given.lower().encode(), each.encode()) for each in expected]
    if not any(matches):
        raise SignatureRefusedError("X-Hub-Signature is wrong", status=_IGNORED)


def _argument(request: Request, name: str) -> str | None:
    told = request.argument(name)
    return told if told is not None else dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True)).get(name)
