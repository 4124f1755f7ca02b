"""Asks how satisfied people are: a sweep posts what was planned (`planning`) as a reply when its time has come. Started by `main`.

In private only, and not while somebody waits for us.
"""

from collections.abc import Callable

import asyncpg
import structlog

from services.contracts.consent import RESEARCH
from services.contracts.ids import ConversationId, WorkspaceId
from services.engagement import replies
from services.engagement.errors import ChannelNotFoundError
from services.engagement.registry import ChannelRegistry
from services.engagement.satisfaction.links import PATH, token_of
from services.engagement.statements import due as due_statements
from services.engagement.statements import satisfaction as statements
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.errors import ProblemError, UnavailableError
from services.kit.rounds import Rounds

SWEEP_SECONDS = 5.0
BATCH = 50
ASKED = "asked"
QUESTION = "How did we do? Tell us with one tap: {link}"

log = structlog.get_logger()


class Asker:
    """Asks. `database` is of the role `app`, `worker` sees where somebody is to be asked.

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
            conversation=conversation,
            text=QUESTION.format(link=link),
            answers=None,
            version=None,
            member=None,
            purpose=RESEARCH,
            automatic=True,
        )
        channel = await self._registry.seek(rating["channel_id"])
        if channel is None or not channel.active:
            raise ChannelNotFoundError
        thread = await replies.channel_of(connection, workspace, conversation)
        await replies.post_reply(connection, channel, thread, draft, now=self._clock.now())
