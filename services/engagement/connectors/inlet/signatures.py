"""Standard Webhooks signatures, made and checked. Called by the connector; pure.

Specification: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime, timedelta

from services.engagement.protocol import Request, Secrets, SignatureRefusedError

TOLERANCE = timedelta(seconds=300)
PREFIX = "whsec_"
_MOST_SIGNATURES = 16
_VERSION = "v1,"


def sign(secret: str, *, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers. Raises ValueError where the secret is not base64."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": _VERSION + _signature(secret, message_id=message_id, timestamp=timestamp, body=body),
    }


def check(request: Request, *, secrets: Secrets, now: datetime) -> None:
    """Raise `SignatureRefusedError` unless one of the signatures is right and the timestamp within 300 seconds of `now`."""
    message_id = request.header("webhook-id") or ""
    timestamp = request.header("webhook-timestamp") or ""
    given = (request.header("webhook-signature") or "").split()[:_MOST_SIGNATURES]
    if not message_id or not given:
        raise SignatureRefusedError("webhook-id or webhook-signature is missing")
    _check_time(timestamp, now=now)
    matches = [
        hmac.compare_digest(signature.encode(), (_VERSION + expected).encode())
        for expected in _expected(secrets, message_id=message_id, timestamp=timestamp, body=request.body)
        for signature in given
    ]
    if not any(matches):
        raise SignatureRefusedError("no signature matches")


def _check_time(timestamp: str, *, now: datetime) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureRefusedError("webhook-timestamp is no number of seconds")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise SignatureRefusedError("webhook-timestamp is more than 300 seconds away")


def _expected(secrets: Secrets, *, message_id: str, timestamp: str, body: bytes) -> list[str]:
    expected = []
    for secret in secrets.candidates():
        try:
            expected.append(_signature(secret, message_id=message_id, timestamp=timestamp, body=body))
        except ValueError:
            continue
    return expected


def _signature(secret: str, *, message_id: str, timestamp: str, body: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("the signing secret is not base64") from error
    if not key:
        raise ValueError("the signing secret is empty")
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
