"""acceptInvitation: makes the invited person a member, signed in. Open to anybody who has the link."""

import strawberry

from gateway.access.session import Outcome, SignInResult, refusal, signed_in
from gateway.context import Info
from gateway.errors import GatewayError


@strawberry.input(description="The invitation's token, and who the person is from now on.")
class AcceptInvitationInput:
    """Arguments of acceptInvitation."""

    token: str = strawberry.field(description="From the invitation's link; at most 200 characters.")
    name: str = strawberry.field(description="The person's name; 1 to 200 characters.")
    password: str = strawberry.field(description="10 to 200 characters.")


async def accept_invitation(info: Info, input: AcceptInvitationInput) -> Outcome:  # noqa: A002 - the argument's name in the schema
    """Join."""
    try:
        payload = {"token": input.token, "name": input.name, "password": input.password}
        answer = await info.context.clients.members.accept(payload)
    except GatewayError as error:
        return refusal(error)
    return signed_in(answer)


field = strawberry.mutation(
    resolver=accept_invitation,
    graphql_type=SignInResult,
    description="Join by the link of an invitation, and be signed in. Whatever is wrong with the link is answered alike; it works once.",
)
