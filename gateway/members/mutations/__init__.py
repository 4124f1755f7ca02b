"""What can be changed about members: one mutation, one file; `MemberMutations` is their part of Mutation."""

import strawberry

from gateway.members.mutations import (
    accept_invitation,
    deactivate_member,
    delete_team,
    end_absence,
    invite_member,
    reactivate_member,
    resend_invitation,
    revoke_invitation,
    save_team,
    set_absence,
    update_member,
)


@strawberry.type
class MemberMutations:
    """Part of Mutation."""

    accept_invitation = accept_invitation.field
    deactivate_member = deactivate_member.field
    delete_team = delete_team.field
    end_absence = end_absence.field
    invite_member = invite_member.field
    reactivate_member = reactivate_member.field
    resend_invitation = resend_invitation.field
    revoke_invitation = revoke_invitation.field
    save_team = save_team.field
    set_absence = set_absence.field
    update_member = update_member.field
