"""Everything that identity refuses, as one tree under kit's. Raised next to the rule; rendered at the edge.

UnauthenticatedError: SignInRefusedError, SessionEndedError, KeyRefusedError, WorkerRefusedError
RateLimitedError:     TooManySignInsError
ForbiddenError:       ScopeNotYoursError, NotASessionError
NotFoundError:        WorkspaceNotFoundError, MemberNotFoundError, KeyNotFoundError, ContactNotFoundError, ProfileNotFoundError
ConflictError:        EmailTakenError, SlugTakenError, LastAdminError
MalformedError:       WeakPasswordError, NotAnEmailError, KeyLifetimeError
"""

from services.kit.errors import (
    ConflictError,
    ForbiddenError,
    MalformedError,
    NotFoundError,
    RateLimitedError,
    UnauthenticatedError,
)


class SignInRefusedError(UnauthenticatedError):
    """Wrong password, unknown member or unknown workspace: deliberately one answer."""

    code = "sign_in_refused"
    title = "Workspace, e-mail or password is wrong"


class SessionEndedError(UnauthenticatedError):
    """The refresh token is unknown, expired, used before, or its session was revoked."""

    code = "session_ended"
    title = "The session has ended; sign in again"


class KeyRefusedError(UnauthenticatedError):
    """The API key is unknown, expired or revoked."""

    code = "key_refused"
    title = "The API key is not valid"


class WorkerRefusedError(UnauthenticatedError):
    """Whoever asked for a worker's token did not prove to be one of ours just now."""

    code = "worker_refused"
    title = "The proof does not fit, or is too old"


class TooManySignInsError(RateLimitedError):
    """Too many tries for one e-mail address, whether or not it is a member's."""

    code = "too_many_sign_ins"
    title = "Too many sign-in attempts; wait a while"


class ScopeNotYoursError(ForbiddenError):
    """A caller may not give away what the caller does not have."""

    code = "scope_not_yours"
    title = "You cannot give a scope that you do not have"


class NotASessionError(ForbiddenError):
    """An API key has no session to end."""

    code = "not_a_session"
    title = "Only a signed-in member can sign out"


class WorkspaceNotFoundError(NotFoundError):
    """No such workspace."""

    code = "workspace_not_found"
    title = "There is no such workspace"


class MemberNotFoundError(NotFoundError):
    """No such member in the caller's workspace."""

    code = "member_not_found"
    title = "There is no such member"


class KeyNotFoundError(NotFoundError):
    """No such API key in the caller's workspace."""

    code = "api_key_not_found"
    title = "There is no such API key"


class ContactNotFoundError(NotFoundError):
    """No such contact in the caller's workspace."""

    code = "contact_not_found"
    title = "There is no such contact"


class ProfileNotFoundError(NotFoundError):
    """No such profile in the caller's workspace."""

    code = "profile_not_found"
    title = "There is no such profile"


class EmailTakenError(ConflictError):
    """A member with this e-mail address exists."""

    code = "email_taken"
    title = "A member with this e-mail address exists"


class SlugTakenError(ConflictError):
    """A workspace with this name in the sign-in exists."""

    code = "slug_taken"
    title = "A workspace with this slug exists"


class LastAdminError(ConflictError):
    """Nobody could let anybody in any more."""

    code = "last_admin"
    title = "A workspace needs at least one active administrator"


class WeakPasswordError(MalformedError):
    """Too short or too long."""

    code = "weak_password"
    title = "The password is too short or too long"


class NotAnEmailError(MalformedError):
    """Not an e-mail address that could receive anything."""

    code = "not_an_email"
    title = "This is not an e-mail address"


class KeyLifetimeError(MalformedError):
    """An API key cannot expire in the past."""

    code = "key_lifetime"
    title = "The key would have expired already"
