"""Who may call what: tokens, callers, scopes. Asked by every edge; signs nothing (identity does)."""

from services.kit.access.authentication import VERIFIER, authenticate, bearer_token, require
from services.kit.access.callers import ROLE_SCOPES, SCOPES, Caller, permit, scopes_of_role
from services.kit.access.tokens import ALGORITHM, TokenVerifier
from services.kit.access.workers import WorkerTokenRequest, WorkerTokens, is_proven, proof_of

__all__ = [
    "ALGORITHM",
    "ROLE_SCOPES",
    "SCOPES",
    "VERIFIER",
    "Caller",
    "TokenVerifier",
    "WorkerTokenRequest",
    "WorkerTokens",
    "authenticate",
    "bearer_token",
    "is_proven",
    "permit",
    "proof_of",
    "require",
    "scopes_of_role",
]
