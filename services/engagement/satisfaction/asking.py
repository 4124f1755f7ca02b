"""Whom to ask after an answer, and the asking: once per conversation and week, in private, and not while somebody waits for us.

An answer of a member plans a question; a sweep posts it as a reply when its time has come. Started by `main`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import asyncpg
import structlog

from services.contracts.consent import RESEARCH
from services.contracts.events import ReplySent
from services.contracts.ids import ConversationId, WorkspaceId
from services.engagement import replies
from services.engagement.errors import ChannelNotFoundError
from services.engagement.registry import ChannelRegistry
from services.engagement.rounds import Rounds
from services.engagement.satisfaction.links import PATH, token_of
from services.engagement.statements import due as due_statements
from services.engagement.statements import history
from services.engagement.statements import satisfaction as statements
from services.kit.bus import Received
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.errors import ProblemError, UnavailableError
from services.kit.ids import new_id
from services.kit.inbox import unprocessed
from services.kit.subscriptions import Subscription

CONSUMER = "engagement-satisfaction"
ONCE_IN = timedelta(days=7)
GOOD_FOR = timedelta(days=14)
NEWS_FOR = timedelta(hours=6)
SWEEP_SECONDS = 5.0
BATCH = 50
ASKED = "asked"
QUESTION = "How did we do? Tell us with one tap: {link}"

log = structlog.get_logger()


class Asker:
    """Plans and asks. `database` is of the role `app`, `worker` sees where somebody is to be asked.

    `queued` wakes relay and sender; links begin with `public_url`.
    """

    def __init__(  # noqa: PLR0913 - collaborators, by name
        self,
        registry: ChannelRegistry,
        database: Database,
        *,
        worker: Database,
        key: bytes,
        public_url: str,
        clock: Clock,
        queued: Callable[[WorkspaceId], None],
    ) -> None:
        self._registry = registry
        self._rounds = Rounds(
            "ratings",
            worker,
            lambda connection, after: due_statements.workspaces_with_due_ratings(connection, after=after, now=clock.now()),
        )
        self._database = database
        self._key = key
        self._public_url = public_url.rstrip("/")
        self._clock = clock
        self._queued = queued

    def subscriptions(self) -> tuple[Subscription, ...]:
        """What is listened to."""
        return (Subscription(durable=CONSUMER, service="engagement", events=(ReplySent,), handler=self.plan),)

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

    async def run(self) -> None:
        """Ask until cancelled."""
        await self._rounds.keep_going(self.ask, every_seconds=SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Ask what is due, a batch in each workspace."""
        await self._rounds.go(self.ask)

    async def ask(self, workspace: WorkspaceId) -> None:
        """Ask what is due in one workspace. Raises DatabaseUnavailableError."""
        for _ in range(BATCH):
            if not await self._ask_one(workspace):
                return

    async def _ask_one(self, workspace: WorkspaceId) -> bool:
        """Ask one person, or drop the question; False where nothing is due. Where the platform would not take one now, nobody is asked."""
        due: list[asyncpg.Record] = []
        try:
            async with self._database.transaction(workspace) as connection:
                due = await statements.take_due(connection, workspace, now=self._clock.now(), limit=1)
                for rating in due:
                    if rating["state"] == ASKED:
                        await self._post(connection, workspace, rating)
        except UnavailableError:
            raise
        except ProblemError as error:
            log.info("not_asked", workspace_id=str(workspace), error=error.code)
            async with self._database.transaction(workspace) as connection:
                for rating in due:
                    await statements.drop_rating(connection, workspace, rating["id"])
        if due:
            self._queued(workspace)
        return bool(due)

    async def _post(self, connection: Connection, workspace: WorkspaceId, rating: asyncpg.Record) -> None:
        """Post the question as a reply. Raises the refusals of `errors`."""
        link = f"{self._public_url}{PATH}{token_of(self._key, workspace=workspace, rating=rating['id'])}"
        conversation = ConversationId(rating["conversation_id"])
        draft = replies.Draft(
            conversation=conversation, text=QUESTION.format(link=link), answers=None, version=None, member=None, purpose=RESEARCH
        )
        channel = await self._registry.seek(rating["channel_id"])
        if channel is None or not channel.active:
            raise ChannelNotFoundError
        thread = await replies.channel_of(connection, workspace, conversation)
        await replies.post_reply(connection, channel, thread, draft, now=self._clock.now())


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
