"""resendInvitation: sends an invitation with another link."""

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.members.changing import InvitationResult, InvitationSent, invitation_sent
from gateway.problems import Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import InvitationId


@strawberry.input(description="An invitation to send again.")
class ResendInvitationInput:
    """Arguments of resendInvitation."""

    invitation_id: strawberry.ID = strawberry.field(description="The invitation, by global id.")


async def resend_invitation(info: Info, input: ResendInvitationInput) -> InvitationSent | Problem:  # noqa: A002 - the argument's name in the schema
    """Send another link."""
    _ = info.context.caller
    try:
        invitation = InvitationId(read_id_of(input.invitation_id, type_name="Invitation"))
        return invitation_sent(await info.context.clients.members.resend(invitation))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=resend_invitation,
    graphql_type=InvitationResult,
    description="Send an invitation again, also an expired one; the former links end. Needs the scope members:write.",
)
