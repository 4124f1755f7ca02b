"""Typed errors of mutations: what a member can do something about. Called by mutations; everything else is a top-level error.

A mutation names the problems it can answer; `problem_of` finds the fitting one for what a service refused.
"""

from collections.abc import Mapping
from http import HTTPStatus

import strawberry

from gateway.errors import GatewayError, MalformedInputError, NotAllowedError, ServiceProblemError


@strawberry.interface(description="Why a mutation changed nothing.")
class Problem:
    """Root of the typed errors."""

    code: str = strawberry.field(description="Stable name of the problem, in capitals.")
    message: str = strawberry.field(description="The same, as a sentence for the person at the screen.")


@strawberry.type(description="What the mutation is about does not exist, or the caller may not see it.")
class NotFound(Problem):
    """404."""


@strawberry.type(description="An argument cannot be one.")
class InvalidInput(Problem):
    """400 and 422."""


@strawberry.type(description="The caller may not do this.")
class NotAllowed(Problem):
    """403."""


@strawberry.type(description="It was changed meanwhile, or its state forbids this. Read it again and decide anew.")
class Conflict(Problem):
    """409."""


@strawberry.type(description="It was changed since the given version. Read it again, and decide anew.")
class Stale(Problem):
    """412."""

    version: int = strawberry.field(description="Its present version.")


_BY_STATUS: Mapping[int, type[Problem]] = {400: InvalidInput, 404: NotFound, 409: Conflict, 422: InvalidInput}


def problem_of(error: GatewayError) -> Problem:
    """The typed error for a refusal. Raises the refusal itself where no member can do anything about it."""
    if isinstance(error, MalformedInputError):
        return InvalidInput(code=error.shown_code(), message=error.message)
    if isinstance(error, NotAllowedError):
        return NotAllowed(code=error.shown_code(), message=error.message)
    if isinstance(error, ServiceProblemError) and error.problem_status == HTTPStatus.PRECONDITION_FAILED:
        return Stale(code=error.shown_code(), message=error.message, version=int(error.extensions["version"]))
    if isinstance(error, ServiceProblemError) and error.problem_status in _BY_STATUS:
        kind = _BY_STATUS[error.problem_status]
        return kind(code=error.shown_code(), message=error.message)
    raise error
