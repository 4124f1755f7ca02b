"""signOut: ends the caller's session."""

import strawberry

from gateway.context import Info


@strawberry.type(description="The session has ended; its tokens are refused everywhere within two seconds.")
class SignedOut:
    """Success."""

    signed_out: bool = strawberry.field(description="Always true.")


async def sign_out(info: Info) -> SignedOut:
    """End the caller's session."""
    _ = info.context.caller
    await info.context.clients.identity.sign_out()
    return SignedOut(signed_out=True)


field = strawberry.mutation(resolver=sign_out, graphql_type=SignedOut, description="End the session of the token in use.")
