"""Whom to ask how satisfied they are: a member's answer plans a question, once per conversation and week. Run by `subscribers`.

Asks nobody: that is `asking`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.contracts.events import ReplySent
from services.contracts.ids import WorkspaceId
from services.engagement.statements import history
from services.engagement.statements import satisfaction as statements
from services.kit.bus import Received
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.inbox import unprocessed
from services.kit.subscriptions import Subscription

CONSUMER = "engagement-satisfaction"
ONCE_IN = timedelta(days=7)
GOOD_FOR = timedelta(days=14)
NEWS_FOR = timedelta(hours=6)


class Planner:
    """The handler. `database` is of the role `app`."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def subscription(self) -> Subscription:
        """What is listened to."""
        return Subscription(durable=CONSUMER, service="engagement", events=(ReplySent,), handler=self.plan)

    async def plan(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Have people asked whom a member has just answered, where their channel asks."""
        now = self._clock.now()
        news = [received for received in batch if now - received.header.time < NEWS_FOR]
        async with self._database.transaction(workspace) as connection:
            fresh = await unprocessed(connection, CONSUMER, news)
            answered = {
                received.event.conversation_id: received.event
                for received in fresh
                if isinstance(received.event, ReplySent) and received.event.member_id is not None
            }
            if not answered:
                return
            found = await statements.settings_of(connection, workspace, sorted({event.channel_id for event in answered.values()}))
            delays = {row["channel_id"]: timedelta(minutes=row["delay_minutes"]) for row in found}
            rows = [_planned(event, now + delays[event.channel_id]) for event in answered.values() if event.channel_id in delays]
            if rows:
                await history.lock_conversations(connection, workspace, set(answered))
                await statements.plan_ratings(connection, workspace, rows, since=now - ONCE_IN, now=now)


def _planned(event: ReplySent, due_at: datetime) -> tuple[object, ...]:
    answered = event.answers[-1] if event.answers else None
    expires_at = due_at + GOOD_FOR
    return (
        new_id(),
        event.conversation_id,
        event.channel_id,
        event.profile_id,
        event.reply_id,
        event.member_id,
        answered,
        due_at,
        expires_at,
    )
