"""Telling who is at a conversation: members by REST, visitors by their widget. Over the bus to every process that shows it; stored nowhere.

Called by the edges. Whoever stops saying it is no longer shown after some seconds, so nothing has to be cleaned up.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from services.contracts.envelope import Passing
from services.contracts.events import PresenceShown
from services.contracts.ids import ChannelId, ConversationId, MemberId, ProfileId, WorkspaceId
from services.contracts.vocabulary import PresenceActivity
from services.engagement.errors import ConversationNotFoundError
from services.engagement.statements import presence as statements
from services.engagement.visitors.allowances import Buckets, Rate
from services.kit.clock import Clock
from services.kit.db import Database

# Counted by each process, so where two run one may speak twice as often: what is said is forgotten in seconds, and stored nowhere.
# A member has several conversations open in several windows, each of which speaks every five seconds.
MEMBER_RATE = Rate(burst=30, per_second=4)
VISITOR_RATE = Rate(burst=6, per_second=0.5)


class Crier(Protocol):
    """What is needed of kit's Bus."""

    async def mention(self, event: Passing, *, workspace: WorkspaceId, now: datetime) -> None:
        """Tell whoever listens at this moment. Raises BusUnavailableError."""
        ...


class Presences:
    """See the module. `time` gives seconds that never go back, for the limits of this process."""

    def __init__(self, database: Database, *, crier: Crier, clock: Clock, time: Callable[[], float]) -> None:
        self._database = database
        self._crier = crier
        self._clock = clock
        self._members = Buckets(MEMBER_RATE, time=time)
        self._visitors = Buckets(VISITOR_RATE, time=time)

    async def show_member(
        self, workspace: WorkspaceId, conversation: ConversationId, member: MemberId, *, activity: PresenceActivity, tab: str
    ) -> None:
        """Tell what a member does. Raises RateLimitedError, ConversationNotFoundError, BusUnavailableError."""
        self._members.take(str(member))
        async with self._database.transaction(workspace) as connection:
            thread = await statements.spoken_thread(connection, workspace, conversation)
        if thread is None:
            raise ConversationNotFoundError
        now = self._clock.now()
        shown = PresenceShown(
            conversation_id=thread["id"], profile_id=thread["profile_id"], activity=activity, at=now, member_id=member, tab=tab
        )
        await self._crier.mention(shown, workspace=workspace, now=now)

    async def show_person(self, workspace: WorkspaceId, channel: ChannelId, person: ProfileId, *, activity: PresenceActivity) -> bool:
        """Tell what a person does, where they have a conversation. Raises RateLimitedError, BusUnavailableError."""
        self._visitors.take(str(person))
        async with self._database.transaction(workspace) as connection:
            thread = await statements.thread_of_person(connection, workspace, channel, person)
        if thread is None:
            return False
        now = self._clock.now()
        shown = PresenceShown(conversation_id=ConversationId(thread), profile_id=person, activity=activity, at=now)
        await self._crier.mention(shown, workspace=workspace, now=now)
        return True
