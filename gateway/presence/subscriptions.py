"""conversationPresence: who views a conversation and who types there, whenever that changes. Called by the schema; follows the board.

Each item is the whole list, so nothing can be missed: after a reconnection the first one says all.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import NamedTuple

import strawberry

from gateway.access.types import Member
from gateway.context import Info
from gateway.conversations import fields
from gateway.errors import ServiceProblemError
from gateway.realtime.presence import Seen
from gateway.relay import Identifying, read_id_of, shows
from gateway.vocabulary import PresenceActivity


class PresenceRow(NamedTuple):
    """The value behind ConversationPresence."""

    people: tuple[Seen, ...]


@shows(Seen, description="Somebody who is at a conversation.")
class Present:
    """See realtime.presence.Seen."""

    member = strawberry.field(
        resolver=fields.member_of, graphql_type=Member | None, description="The member; null where it is the person who writes to us."
    )
    activity: PresenceActivity = strawberry.field(description="What they do; never AWAY. Of several windows the one that matters most.")
    since: datetime = strawberry.field(description="Since when; UTC.")


@shows(PresenceRow, description="Who is at a conversation at this moment, besides the calling member.")
class ConversationPresence:
    """See PresenceRow."""

    people: list[Seen] = strawberry.field(
        graphql_type=list[Present], description="The person who writes to us first, then members by when they came; at most 50."
    )


async def conversation_presence(info: Info, conversation_id: Identifying) -> AsyncIterator[PresenceRow]:
    """Who is there, at once and at every change."""
    caller = info.context.require("conversations:read")
    asked = read_id_of(conversation_id, type_name="Conversation")
    thread = await info.context.loaders.conversation_by_id.load(asked)
    if thread is None:
        message = "There is no such conversation."
        raise ServiceProblemError(message, problem_code="conversation_not_found", problem_status=404, extensions={})
    board = info.context.feed.presence
    with board.watch(caller.workspace_id, thread.id) as news:
        told: tuple[Seen, ...] | None = None
        while True:
            news.clear()
            people = board.people_at(caller.workspace_id, thread.id, but=caller.member_id)
            if people != told:
                told = people
                yield PresenceRow(people)
            else:
                await news.wait()


@strawberry.type
class PresenceSubscriptions:
    """Part of Subscription."""

    conversation_presence = strawberry.subscription(
        resolver=conversation_presence,
        graphql_type=ConversationPresence,
        description="Who views a conversation and who types there: the whole list at once, and again at every change. Say your own with "
        "`showPresence`; whoever does not repeat it fades after 12 seconds.",
    )
