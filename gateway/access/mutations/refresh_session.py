"""refreshSession: renews a session by its refresh token. Open to anybody."""

import strawberry

from gateway.access.session import Outcome, SignInResult, refusal, signed_in
from gateway.context import Info
from gateway.errors import GatewayError


@strawberry.input(description="The session to renew.")
class RefreshSessionInput:
    """Arguments of refreshSession."""

    refresh_token: str = strawberry.field(description="As the last signIn or refreshSession gave it; usable once.")


async def refresh_session(info: Info, input: RefreshSessionInput) -> Outcome:  # noqa: A002 - the argument's name in the schema
    """Renew a session."""
    try:
        answer = await info.context.clients.identity.refresh(input.refresh_token)
    except GatewayError as error:
        return refusal(error)
    return signed_in(answer)


field = strawberry.mutation(
    resolver=refresh_session,
    graphql_type=SignInResult,
    description="Renew a session before or after its access token ends. A refresh token used twice ends the session.",
)
