"""What the gateway can answer instead of data, and how a GraphQL error is shown. Called by every edge; never asks a service.

GatewayError
 +- MalformedInputError      an id, cursor or number that cannot be one
 +- UnauthenticatedError     nobody is signed in, or the token ended
 +- NotAllowedError          signed in, but not for this
 +- LimitExceededError       the operation is larger than what is answered; its code says in what
 +- TimedOutError            the operation took longer than it may
 +- ServiceUnavailableError  a service does not answer, or not in the contract's shape
 +- ServiceProblemError      a service answered problem+json; its code and detail are kept
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import structlog
from graphql import GraphQLError, GraphQLSyntaxError

from services.kit.telemetry import error_places, error_types

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
BAD_INPUT = "BAD_USER_INPUT"
INTERNAL = "INTERNAL_ERROR"
MESSAGE_CHARS = 500
SHOWN_LOCATIONS = 10
MASKED = "Something went wrong on our side. It has been logged."

log = structlog.get_logger()


class GatewayError(Exception):
    """Root of the tree: `message` and `code` are shown to whoever asked, `extensions` go beside the code."""

    code: ClassVar[str] = INTERNAL
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, extensions: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.extensions = dict(extensions or {})

    def shown_code(self) -> str:
        """The value of extensions.code."""
        return self.code


class MalformedInputError(GatewayError):
    """An id, cursor or number that cannot be one."""

    code = BAD_INPUT
    status = 400


class UnauthenticatedError(GatewayError):
    """Nobody is signed in, or the token ended."""

    code = "UNAUTHENTICATED"
    status = 401


class NotAllowedError(GatewayError):
    """Signed in, but not for this."""

    code = "FORBIDDEN"
    status = 403


class LimitExceededError(GatewayError):
    """The operation is larger than what is answered; `limit_code` says in what."""

    code = "LIMIT_EXCEEDED"
    status = 400

    def __init__(self, message: str, *, limit_code: str, extensions: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, extensions=extensions)
        self.limit_code = limit_code

    def shown_code(self) -> str:
        """The limit that was met."""
        return self.limit_code


class TimedOutError(GatewayError):
    """The operation took longer than it may."""

    code = "TIMEOUT"
    status = 504


class ServiceUnavailableError(GatewayError):
    """A service does not answer, or not in the contract's shape. The reason is logged where it is seen."""

    code = "SERVICE_UNAVAILABLE"
    status = 503


class ServiceProblemError(GatewayError):
    """A service answered problem+json: `problem_code` and `problem_status` are its own."""

    code = "SERVICE_PROBLEM"

    def __init__(self, message: str, *, problem_code: str, problem_status: int, extensions: Mapping[str, Any]) -> None:
        super().__init__(message, extensions=extensions)
        self.problem_code = problem_code
        self.problem_status = problem_status

    def shown_code(self) -> str:
        """The service's code in the writing of GraphQL."""
        return self.problem_code.upper()


def shown_error(error: GraphQLError) -> dict[str, Any]:
    """One entry of `errors` for what went wrong in a field. What is not ours to show is masked and logged."""
    original = root_cause(error)
    if original is None:
        return shown_fault(error, fallback_code=BAD_INPUT)
    shown = _placed(error)
    if isinstance(original, GatewayError):
        return {**shown, "message": original.message, "extensions": {**original.extensions, "code": original.shown_code()}}
    log.error(
        "field_failed",
        path=[str(part) for part in error.path or ()],
        error_type=error_types(original),
        error_places=error_places(original.__traceback__),
    )
    return {**shown, "message": MASKED, "extensions": {"code": INTERNAL}}


def shown_fault(error: GraphQLError, *, fallback_code: str = VALIDATION_FAILED) -> dict[str, Any]:
    """One entry of `errors` for what graphql-core found wrong with a document or its variables; its message is kept."""
    code = PARSE_FAILED if isinstance(error, GraphQLSyntaxError) else fallback_code
    if error.extensions and "code" in error.extensions:
        code = str(error.extensions["code"])
    return {**_placed(error), "message": error.message[:MESSAGE_CHARS], "extensions": {"code": code}}


def root_cause(error: GraphQLError) -> Exception | None:
    """The exception of ours beneath graphql-core's wrappers, None where graphql-core itself found the fault."""
    original: Exception | None = error.original_error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    return None if isinstance(original, GraphQLError) else original


def _placed(error: GraphQLError) -> dict[str, Any]:
    """Where in the document and in the answer; with an empty message first, so that it stands first in the answer."""
    placed: dict[str, Any] = {"message": ""}
    if error.locations:
        placed["locations"] = [location.formatted for location in error.locations[:SHOWN_LOCATIONS]]
    if error.path is not None:
        placed["path"] = error.path
    return placed
