"""revokeInvitation: ends an invitation's link."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import InvitationId


@strawberry.input(description="An invitation to take back.")
class RevokeInvitationInput:
    """Arguments of revokeInvitation."""

    invitation_id: strawberry.ID = strawberry.field(description="The invitation, by global id.")


@strawberry.type(description="The invitation's link has ended.")
class InvitationRevoked:
    """Success."""

    invitation_id: strawberry.ID = strawberry.field(description="As given.")


RevokeInvitationResult = Annotated[
    InvitationRevoked | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("RevokeInvitationResult", description="What became of it, or why nothing was changed."),
]


async def revoke_invitation(info: Info, input: RevokeInvitationInput) -> InvitationRevoked | Problem:  # noqa: A002 - the argument's name in the schema
    """Take an invitation back."""
    _ = info.context.caller
    try:
        await info.context.clients.members.revoke(InvitationId(read_id_of(input.invitation_id, type_name="Invitation")))
    except GatewayError as error:
        return problem_of(error)
    return InvitationRevoked(invitation_id=input.invitation_id)


field = strawberry.mutation(
    resolver=revoke_invitation,
    graphql_type=RevokeInvitationResult,
    description="Take an invitation back: its link ends at once. Needs the scope members:write.",
)
