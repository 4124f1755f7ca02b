"""Who may call what: tokens, callers, scopes. Asked by every edge; signs nothing (identity does)."""

from services.kit.access.authentication import VERIFIER, authenticate, bearer_token, require
from services.kit.access.callers import ROLE_SCOPES, SCOPES, Caller, permit, scopes_of_role
from services.kit.access.tokens import ALGORITHM, TokenVerifier

__all__ = [
    "ALGORITHM",
    "ROLE_SCOPES",
    "SCOPES",
    "VERIFIER",
    "Caller",
    "TokenVerifier",
    "authenticate",
    "bearer_token",
    "permit",
    "require",
    "scopes_of_role",
]
