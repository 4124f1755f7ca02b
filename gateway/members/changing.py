"""What the mutations of members have in common: their results, and how ids are read. Called by the mutations."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import strawberry

from gateway.access.types import Member
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.members.types import Invitation, Team
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import MemberId
from services.contracts.views import InvitationView, MemberView, SentInvitationView, TeamView


@strawberry.type(description="The member is as wished.")
class MemberUpdated:
    """Success."""

    member: MemberView = strawberry.field(graphql_type=Member, description="The member, as it stands now.")


@strawberry.type(description="The invitation was sent. Its link is shown this once, to be handed on where no mail goes out.")
class InvitationSent:
    """Success."""

    invitation: InvitationView = strawberry.field(graphql_type=Invitation, description="The invitation.")
    token: str = strawberry.field(description="What acceptInvitation takes; works once. Keep it secret.")
    link: str | None = strawberry.field(description="The address that holds the token; null where the deployment names none.")


@strawberry.type(description="The team is as wished.")
class TeamSaved:
    """Success."""

    team: TeamView = strawberry.field(graphql_type=Team, description="The team, as it stands now.")


MemberResult = Annotated[
    MemberUpdated | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("MemberResult", description="The member, or why nothing was changed."),
]
InvitationResult = Annotated[
    InvitationSent | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("InvitationResult", description="The invitation with its link, or why none was sent."),
]
TeamResult = Annotated[
    TeamSaved | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("TeamResult", description="The team, or why nothing was changed."),
]


async def change_member(info: Info, member_id: strawberry.ID, act: Callable[[MemberId], Awaitable[MemberView]]) -> MemberUpdated | Problem:
    """Run `act` on the member; what cannot be signed in without is refused here. Raises GatewayError as `problem_of`."""
    _ = info.context.caller
    try:
        return MemberUpdated(member=await act(read_member(member_id)))
    except GatewayError as error:
        return problem_of(error)


def invitation_sent(sent: SentInvitationView) -> InvitationSent:
    """As front-ends see it."""
    return InvitationSent(invitation=sent.invitation, token=sent.token, link=sent.link)


def read_member(text: str) -> MemberId:
    """A member's global id. Raises MalformedInputError."""
    return MemberId(read_id_of(text, type_name="Member"))


def read_members(texts: Sequence[str]) -> list[MemberId]:
    """Members' global ids. Raises MalformedInputError."""
    return [read_member(each) for each in texts]
