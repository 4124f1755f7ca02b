"""The answer of signing in and of refreshing, and why either may be refused. Called by both mutations."""

from typing import Annotated

import strawberry

from gateway.access.types import Member, Workspace
from gateway.clients.identity import SessionAnswer
from gateway.errors import GatewayError, MalformedInputError, ServiceProblemError, UnauthenticatedError
from gateway.problems import InvalidInput, Problem
from services.contracts.views import MemberView, WorkspaceView


@strawberry.type(description="A session. Send `accessToken` as `Authorization: Bearer ...`; renew it before it ends.")
class SignedIn:
    """Success."""

    access_token: str = strawberry.field(description="Lives five minutes.")
    refresh_token: str = strawberry.field(description="Renews the session, once; keep it secret.")
    expires_in: int = strawberry.field(description="Seconds until the access token ends.")
    member: MemberView = strawberry.field(graphql_type=Member, description="Who signed in.")
    workspace: WorkspaceView = strawberry.field(graphql_type=Workspace, description="Where.")


@strawberry.type(description="Workspace, e-mail address and password do not fit together, or the session has ended.")
class SignInRefused(Problem):
    """401."""


@strawberry.type(description="Too many attempts.")
class TooManyAttempts(Problem):
    """429."""

    retry_after_seconds: int = strawberry.field(description="How long to wait.")


SignInResult = Annotated[
    SignedIn | SignInRefused | TooManyAttempts | InvalidInput,
    strawberry.union("SignInResult", description="A session, or why there is none."),
]
Outcome = SignedIn | SignInRefused | TooManyAttempts | InvalidInput
UNAUTHORIZED = 401
TOO_MANY = 429


def signed_in(answer: SessionAnswer) -> SignedIn:
    """The session as front-ends see it."""
    return SignedIn(
        access_token=answer.access_token,
        refresh_token=answer.refresh_token,
        expires_in=answer.expires_in,
        member=answer.member,
        workspace=answer.workspace,
    )


def refusal(error: GatewayError) -> Outcome:
    """Why there is no session. Raises the error itself where no member can do anything about it."""
    status = error.problem_status if isinstance(error, ServiceProblemError) else error.status
    if status == UNAUTHORIZED or isinstance(error, UnauthenticatedError):
        return SignInRefused(code="SIGN_IN_REFUSED", message=error.message)
    if status == TOO_MANY:
        wait = str(error.extensions.get("retryAfter", ""))
        seconds = int(wait) if wait.isdecimal() else 60
        return TooManyAttempts(code="TOO_MANY_ATTEMPTS", message=error.message, retry_after_seconds=seconds)
    if isinstance(error, MalformedInputError | ServiceProblemError) and status < TOO_MANY:
        return InvalidInput(code=error.shown_code(), message=error.message)
    raise error
