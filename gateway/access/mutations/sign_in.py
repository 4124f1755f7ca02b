"""signIn: opens a session with workspace, e-mail address and password. Open to anybody."""

import strawberry

from gateway.access.session import Outcome, SignInResult, refusal, signed_in
from gateway.context import Info
from gateway.errors import GatewayError


@strawberry.input(description="Who wants to sign in, and where.")
class SignInInput:
    """Arguments of signIn."""

    workspace: str = strawberry.field(description="The workspace's slug; at most 63 characters.")
    email: str = strawberry.field(description="The member's e-mail address; at most 320 characters.")
    password: str = strawberry.field(description="The member's password; at most 1,000 characters.")


async def sign_in(info: Info, input: SignInInput) -> Outcome:  # noqa: A002 - the argument's name in the schema
    """Open a session."""
    try:
        answer = await info.context.clients.identity.sign_in(workspace=input.workspace, email=input.email, password=input.password)
    except GatewayError as error:
        return refusal(error)
    return signed_in(answer)


field = strawberry.mutation(
    resolver=sign_in,
    graphql_type=SignInResult,
    description="Sign in. Wrong workspace, address and password are answered alike; many attempts lock for a while.",
)
