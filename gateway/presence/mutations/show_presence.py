"""showPresence: the signed-in member views a thread, types there, or has left."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from gateway.vocabulary import PresenceActivity
from services.contracts.ids import ConversationId


@strawberry.input(description="Where the member is, and what they do there.")
class ShowPresenceInput:
    """Arguments of showPresence."""

    conversation_id: strawberry.ID = strawberry.field(description="The conversation, by global id.")
    activity: PresenceActivity = strawberry.field(description="What they do; AWAY when they leave.")
    tab: str = strawberry.field(
        default="", description="Any text of at most 64 characters that tells one window of the member from another; each leaves by itself."
    )


@strawberry.type(description="The others who have the thread open see it.")
class PresenceShown:
    """Success."""

    again_after_seconds: float = strawberry.field(description="Say it again after so many seconds, as long as it is true.")
    lasts_seconds: float = strawberry.field(description="Without a word for so long, the member is no longer shown.")


ShowPresenceResult = Annotated[
    PresenceShown | NotFound | InvalidInput | NotAllowed,
    strawberry.union("ShowPresenceResult", description="When to say it again, or why nobody was told."),
]


async def show_presence(info: Info, input: ShowPresenceInput) -> PresenceShown | Problem:  # noqa: A002 - the argument's name in the schema
    """Tell the others."""
    try:
        conversation = ConversationId(read_id_of(input.conversation_id, type_name="Conversation"))
        payload = {"activity": input.activity, "tab": input.tab}
        answer = await info.context.clients.handling.show_presence(conversation, payload=payload)
        return PresenceShown(again_after_seconds=answer.again_after_seconds, lasts_seconds=answer.lasts_seconds)
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=show_presence,
    graphql_type=ShowPresenceResult,
    description="Let the others who have a thread open see that the member views it, types a reply or a note there, or has left. For "
    "members; an API key is answered NotAllowed. Nothing is stored.",
)
