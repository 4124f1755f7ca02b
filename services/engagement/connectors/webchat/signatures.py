"""How a site's server proves what it posts itself: HMAC-SHA256 over time and body. Called by the connector; pure."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta

from services.engagement.protocol import Request, Secrets, SignatureRefusedError

HEADER = "webchat-signature"
TOLERANCE = timedelta(seconds=300)
_FORM = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


def check(request: Request, *, secrets: Secrets, now: datetime) -> None:
    """Raise `SignatureRefusedError` unless `t=<seconds>,v1=<hex>` signs `<seconds>.<body>` and the time is near `now`."""
    form = _FORM.fullmatch(request.header(HEADER) or "")
    if form is None:
        raise SignatureRefusedError(f"{HEADER} is missing or not t=<seconds>,v1=<64 hex digits>")
    seconds, given = form.groups()
    if abs(now.timestamp() - int(seconds)) > TOLERANCE.total_seconds():
        raise SignatureRefusedError("the signature's time is more than 300 seconds away")
    signed = seconds.encode() + b"." + request.body
    matches = [hmac.compare_digest(hmac.new(key.encode(), signed, hashlib.sha256).hexdigest(), given) for key in secrets.candidates()]
    if not any(matches):
        raise SignatureRefusedError("the signature does not match")
