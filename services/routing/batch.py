"""Batch routes for the gateway: bare ASGI, one statement each, aligned with the ids asked for.

Put into `Routes` by `main`. Another workspace's ids answer like unknown ones: the role `app` does not see them.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec

from services.contracts.ids import MemberId, WorkspaceId
from services.contracts.views import BATCH_LIMIT, PAGE_LIMIT
from services.contracts.vocabulary import Discipline, TaskState
from services.kit.access import authenticate, permit
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.http import BareBody, BareRequest, Endpoint
from services.routing import lists
from services.routing.assigning.giving import list_assignments
from services.routing.journey.planning import MAIN
from services.routing.journey.reading import Number, board_of, list_journeys, list_people
from services.routing.levels.resolutions import list_resolutions
from services.routing.statements.reading import TaskFilter

Ids = Annotated[list[UUID], msgspec.Meta(max_length=BATCH_LIMIT)]
Found = TypeVar("Found")
Question = Callable[[Connection, WorkspaceId, list[UUID]], Awaitable[Found]]


class ByIds(BareBody):
    """Ids to look up; at most 200."""

    ids: Ids


class TasksPage(BareBody):
    """How many tasks, after which cursor, and which."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_LIMIT)] = 50
    after: str | None = None
    discipline: Discipline | None = None
    state: TaskState | None = None
    member_id: UUID | None = None
    neglected: bool = False


class Board(BareBody):
    """The journey board of which line, and how many days its window has."""

    line: str = MAIN
    days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 30


class BoardPeople(Board):
    """How many of the people behind which number of it, after which cursor."""

    stage: str = ""
    number: Number = Number.PEOPLE
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_LIMIT)] = 50
    after: str | None = None


class BatchRoutes:
    """The routes; `database` is of the role `app`."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def routes(self) -> dict[tuple[str, str], Endpoint]:
        """What is served, as a table."""
        return {
            ("POST", "/internal/tasks/by-ids"): self._by_ids(lists.list_tasks_by_ids),
            ("POST", "/internal/tasks/by-interaction-ids"): self._by_ids(lists.list_tasks_by_interactions),
            ("POST", "/internal/tasks/by-conversation-ids"): self._by_ids(lists.list_tasks_by_conversations),
            ("POST", "/internal/tasks/by-profile-ids"): self._by_ids(lists.list_tasks_by_profiles),
            ("POST", "/internal/triage/by-interaction-ids"): self._by_ids(lists.list_triage_by_interactions),
            ("POST", "/internal/resolutions/by-conversation-ids"): self._by_ids(list_resolutions),
            ("POST", "/internal/journeys/by-contact-ids"): self._by_ids(list_journeys),
            ("POST", "/internal/journeys/board"): self.board,
            ("POST", "/internal/journeys/people"): self.people,
            ("POST", "/internal/assignments/by-task-ids"): self._by_ids(list_assignments),
            ("POST", "/internal/tasks/page"): self.tasks,
        }

    async def tasks(self, request: BareRequest) -> bytes:
        """Tasks, next due first."""
        workspace = await _workspace(request)
        body = await request.json(TasksPage)
        member = None if body.member_id is None else MemberId(body.member_id)
        asked = TaskFilter(discipline=body.discipline, state=body.state, member_id=member, neglected=body.neglected)
        async with self._database.transaction(workspace) as connection:
            page = await lists.list_tasks(connection, workspace, asked, after=body.after, limit=body.limit)
        return msgspec.json.encode(page)

    async def board(self, request: BareRequest) -> bytes:
        """The journey board of a product line."""
        workspace = await _workspace(request)
        body = await request.json(Board)
        since = self._clock.now() - timedelta(days=body.days)
        async with self._database.transaction(workspace) as connection:
            return msgspec.json.encode(await board_of(connection, workspace, line=body.line, since=since))

    async def people(self, request: BareRequest) -> bytes:
        """The people behind a number of it."""
        workspace = await _workspace(request)
        body = await request.json(BoardPeople)
        since = self._clock.now() - timedelta(days=body.days)
        async with self._database.transaction(workspace) as connection:
            page = await list_people(
                connection,
                workspace,
                line=body.line,
                stage=body.stage,
                number=body.number,
                since=since,
                after=body.after,
                limit=body.limit,
            )
        return msgspec.json.encode(page)

    def _by_ids(self, question: Question[Found]) -> Endpoint:
        async def answer(request: BareRequest) -> bytes:
            workspace = await _workspace(request)
            asked = await request.json(ByIds)
            async with self._database.transaction(workspace) as connection:
                return msgspec.json.encode(await question(connection, workspace, asked.ids))

        return answer


async def _workspace(request: BareRequest) -> WorkspaceId:
    caller = await authenticate(request.scope)
    permit(caller, "tasks:read")
    return caller.workspace_id
