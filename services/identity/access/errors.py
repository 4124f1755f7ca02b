"""What the modules of members refuse, as one tree under kit's. Raised next to the rule; rendered at the edge.

UnauthenticatedError: InvitationRefusedError
NotFoundError:        InvitationNotFoundError, TeamNotFoundError
ConflictError:        InvitedAlreadyError, InvitationSettledError, TeamNameTakenError, TeamChangedError, NotActiveError
MalformedError:       AbsenceError, SuccessorError, TeamMembersError
"""

from services.kit.errors import ConflictError, MalformedError, NotFoundError, UnauthenticatedError


class InvitationRefusedError(UnauthenticatedError):
    """Unknown, of another workspace, expired, revoked or used; or the address is a member's: deliberately one answer."""

    code = "invitation_refused"
    title = "This invitation is not valid, or not any more; ask for another one"


class InvitationNotFoundError(NotFoundError):
    """No such invitation in the caller's workspace."""

    code = "invitation_not_found"
    title = "There is no such invitation"


class TeamNotFoundError(NotFoundError):
    """No such team in the caller's workspace."""

    code = "team_not_found"
    title = "There is no such team"


class InvitedAlreadyError(ConflictError):
    """An invitation to this address waits to be accepted; `invitation_id` is in the problem."""

    code = "invited_already"
    title = "This address was invited; send that invitation again, or revoke it first"


class InvitationSettledError(ConflictError):
    """Accepted or revoked: it cannot be sent again."""

    code = "invitation_settled"
    title = "This invitation was accepted or revoked"


class TeamNameTakenError(ConflictError):
    """A team with this name exists."""

    code = "team_name_taken"
    title = "A team with this name exists"


class TeamChangedError(ConflictError):
    """Somebody changed the team since the given version."""

    code = "team_changed"
    title = "The team was changed in the meantime; read it again"


class NotActiveError(ConflictError):
    """Whoever left cannot be absent."""

    code = "member_not_active"
    title = "This member does not work here now; reactivate the member first"


class AbsenceError(MalformedError):
    """It would end before it begins, or has ended; or the deputy is no active member, or the member."""

    code = "absence"
    title = "The absence cannot be so"


class SuccessorError(MalformedError):
    """Whoever is to take over does not work here, or is the member who leaves."""

    code = "successor"
    title = "Name a successor who works here now"


class TeamMembersError(MalformedError):
    """Somebody named is no active member, or the lead is not in the team."""

    code = "team_members"
    title = "A team consists of active members, and its lead is one of them"
