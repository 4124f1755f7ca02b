"""What Google's platforms have in common: how they refuse. Called by its two modules.

Vendor's page: https://cloud.google.com/apis/design/errors.
"""

import math

from rapport.simulation.calls import Asked, Refusal, RefusedError


def error(code: int, message: str, *, status: str, reason: str, wait_seconds: float | None = None) -> dict[str, object]:
    """The body of a refusal."""
    told: dict[str, object] = {"code": code, "message": message, "status": status, "errors": [{"message": message, "reason": reason}]}
    if wait_seconds is not None:
        retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{math.ceil(wait_seconds)}s"}
        told["details"] = [retry]
    return {"error": told}


def not_found(what: str, *, reason: str = "notFound") -> RefusedError:
    """There is nothing of this name."""
    return RefusedError(404, error(404, f"{what} could not be found.", status="NOT_FOUND", reason=reason))


REFUSALS = {
    "rate_limited": lambda seconds: Refusal(
        status=429,
        answer=error(429, "Quota exceeded.", status="RESOURCE_EXHAUSTED", reason="rateLimitExceeded", wait_seconds=seconds),
    ),
    "forbidden": lambda _: Refusal(
        status=403, answer=error(403, "The caller does not have permission", status="PERMISSION_DENIED", reason="forbidden")
    ),
    "server_error": lambda _: Refusal(
        status=503, answer=error(503, "The service is currently unavailable.", status="UNAVAILABLE", reason="backendError")
    ),
    "unauthorized": lambda _: Refusal(status=401, answer=error(401, "Invalid Credentials", status="UNAUTHENTICATED", reason="authError")),
}


def token_of(asked: Asked) -> str:
    """Whose call it is."""
    return asked.bearer
