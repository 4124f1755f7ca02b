"""The caller of a request: for FastAPI as a dependency, for bare routes by two calls.

The verifier is found in `api.state.verifier`, or where `Routes` was given it. The workspace of the caller is bound to
the log lines that follow.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.kit.access.callers import SCOPES, Caller, permit
from services.kit.access.tokens import TokenVerifier
from services.kit.errors import UnauthenticatedError
from services.kit.hosting import Scope
from services.kit.telemetry import bind

VERIFIER = "rapport.verifier"
_CALLER = "rapport.caller"
_DESCRIBED = HTTPBearer(auto_error=False, bearerFormat="JWT", description="The access token from sign-in or exchange.")


def require(scope: str) -> Callable[..., Awaitable[Caller]]:
    """A dependency: `caller: Annotated[Caller, Depends(require("contacts:read"))]`."""
    if scope not in SCOPES:
        message = f"there is no scope {scope}"
        raise ValueError(message)

    async def permitted_caller(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_DESCRIBED)]) -> Caller:
        caller = await authenticate(request.scope)
        permit(caller, scope)
        return caller

    return permitted_caller


async def authenticate(scope: Scope) -> Caller:
    """The caller whose token the request carries. Raises UnauthenticatedError, UnavailableError."""
    caller: Caller | None = scope.get(_CALLER)
    if caller is None:
        caller = await _verifier(scope).verify(bearer_token(scope))
        scope[_CALLER] = caller
        bind(workspace_id=str(caller.workspace_id))
    return caller


def bearer_token(scope: Scope) -> str:
    """The token of the one Authorization header (RFC 6750). Raises UnauthenticatedError."""
    given = [bytes(value) for name, value in scope["headers"] if name == b"authorization"]
    scheme, _, token = (given[0] if len(given) == 1 else b"").partition(b" ")
    token = token.strip()
    if scheme.lower() != b"bearer" or not token or not token.isascii():
        raise UnauthenticatedError("Send an access token: Authorization: Bearer ...")
    return token.decode("ascii")


def _verifier(scope: Scope) -> TokenVerifier:
    found = scope.get(VERIFIER)
    if found is None:
        found = scope["app"].state.verifier
    if not isinstance(found, TokenVerifier):
        message = "the composition gave no TokenVerifier"
        raise TypeError(message)
    return found
