"""The root of every service's error tree, and how an error is told to the caller: problem+json (RFC 9457).

ProblemError
├── BadRequestError 400        the bytes are not what they claim to be
├── UnauthenticatedError 401
├── ForbiddenError 403
├── NotFoundError 404
├── MethodNotAllowedError 405
├── RequestTimeoutError 408
├── ConflictError 409
├── PreconditionFailedError 412  If-Match names another version than the present one
├── TooLargeError 413
├── TargetTooLongError 414
├── UnsupportedMediaTypeError 415
├── MalformedError 422         well-formed, but not the shape or values asked for
├── RateLimitedError 429
└── UnavailableError 503
Raised by business code and edges; rendered once, at the edge.
"""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import orjson

PROBLEM_TYPE = "application/problem+json"

_TYPE_PREFIX = "urn:rapport:problem:"
RawHeaders = Sequence[tuple[bytes, bytes]]


class ProblemError(Exception):
    """Something the caller is told. `detail` is for the person reading; `extensions` become members of the problem."""

    code: ClassVar[str] = "problem"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "The request could not be served"

    def __init__(self, detail: str = "", **extensions: object) -> None:
        super().__init__(detail)
        self.detail = detail or self.title
        self.extensions = extensions

    def headers(self) -> Mapping[str, str]:
        """Headers that the answer needs beside its content type."""
        return {}


class BadRequestError(ProblemError):
    """The bytes are not valid JSON, UTF-8, percent-encoding or the like."""

    code = "bad_request"
    status = 400
    title = "The request cannot be read"


class UnauthenticatedError(ProblemError):
    """No token, or one that is not accepted; the reason is never told in detail."""

    code = "unauthenticated"
    status = 401
    title = "Sign in first"

    def headers(self) -> Mapping[str, str]:
        """The challenge that RFC 9110 demands with every 401."""
        return {"www-authenticate": 'Bearer realm="rapport"'}


class ForbiddenError(ProblemError):
    """The caller is known, but may not do this."""

    code = "forbidden"
    status = 403
    title = "Not permitted"


class NotFoundError(ProblemError):
    """There is no such thing, or none that the caller may see."""

    code = "not_found"
    status = 404
    title = "Not found"


class MethodNotAllowedError(ProblemError):
    """The path exists, the method does not. `allow` lists those that do."""

    code = "method_not_allowed"
    status = 405
    title = "Method not allowed"

    def __init__(self, detail: str = "", *, allow: Sequence[str] = ()) -> None:
        super().__init__(detail)
        self._allow = allow

    def headers(self) -> Mapping[str, str]:
        """The methods there are."""
        return {"allow": ", ".join(self._allow)} if self._allow else {}


class RequestTimeoutError(ProblemError):
    """The body did not arrive in time."""

    code = "request_timeout"
    status = 408
    title = "The request body did not arrive in time"

    def headers(self) -> Mapping[str, str]:
        """The rest of the body is not read, so the connection ends."""
        return {"connection": "close"}


class ConflictError(ProblemError):
    """The present state does not allow it."""

    code = "conflict"
    status = 409
    title = "Conflict with the present state"


class PreconditionFailedError(ProblemError):
    """The version that the caller saw is not the present one, which `version` names."""

    code = "precondition_failed"
    status = 412
    title = "It was changed in the meantime"

    def __init__(self, detail: str = "Read it again, and repeat with its present version.", *, version: int) -> None:
        super().__init__(detail, version=version)
        self.version = version

    def headers(self) -> Mapping[str, str]:
        """The present version, as If-Match wants it."""
        return {"etag": f'"{self.version}"'}


class TooLargeError(ProblemError):
    """The body is longer than the route takes."""

    code = "too_large"
    status = 413
    title = "The request body is too large"

    def headers(self) -> Mapping[str, str]:
        """The rest of the body is not read, so the connection ends."""
        return {"connection": "close"}


class TargetTooLongError(ProblemError):
    """Path or query string beyond what any route needs."""

    code = "target_too_long"
    status = 414
    title = "The address is too long"


class UnsupportedMediaTypeError(ProblemError):
    """The body's content type is not one that the route takes."""

    code = "unsupported_media_type"
    status = 415
    title = "Unsupported content type"


class MalformedError(ProblemError):
    """Well-formed, but fields are missing, unknown or out of range. `errors` lists them where known."""

    code = "malformed"
    status = 422
    title = "The request does not have the expected shape"


class RateLimitedError(ProblemError):
    """Too many requests; `retry_after_seconds` says when to come back."""

    code = "rate_limited"
    status = 429
    title = "Too many requests"

    def __init__(self, detail: str = "", *, retry_after_seconds: float, **extensions: object) -> None:
        super().__init__(detail, retry_after_seconds=retry_after_seconds, **extensions)
        self.retry_after_seconds = retry_after_seconds

    def headers(self) -> Mapping[str, str]:
        """Whole seconds, rounded up, as RFC 9110 wants them."""
        return {"retry-after": str(max(0, math.ceil(self.retry_after_seconds)))}


class UnavailableError(ProblemError):
    """Something this needs is not there now; nothing was changed, trying again later is right."""

    code = "unavailable"
    status = 503
    title = "Temporarily unavailable"

    def headers(self) -> Mapping[str, str]:
        """A hint for callers that retry by themselves."""
        return {"retry-after": "1"}


def problem_response(error: ProblemError) -> tuple[int, RawHeaders, bytes]:
    """Status, headers (content type included) and body of the answer that tells of `error`."""
    body = problem_body(code=error.code, status=error.status, title=error.title, detail=error.detail, extensions=error.extensions)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in error.headers().items()]
    return error.status, [(b"content-type", PROBLEM_TYPE.encode()), *headers], body


def problem_body(*, code: str, status: int, title: str, detail: str, extensions: Mapping[str, object]) -> bytes:
    """The JSON of a problem; extensions never hide its five members, and text is made encodable."""
    members = {"type": f"{_TYPE_PREFIX}{code}", "title": title, "status": status, "detail": detail, "code": code}
    document = {**extensions, **members}
    try:
        return orjson.dumps(document, default=str)
    except TypeError:
        return orjson.dumps(_encodable(document), default=str)


def _encodable(value: object) -> object:
    """The same with lone surrogates and huge integers, which orjson refuses, made harmless."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {str(_encodable(str(key))): _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_encodable(item) for item in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value
