"""Lists of tasks as both edges give them: aligned with ids, or by page. One statement each, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.contracts.ids import WorkspaceId
from services.contracts.views import PAGE_LIMIT, PageView, TaskView, TriageView
from services.kit.db import Connection
from services.kit.pagination import decode_cursor, encode_cursor
from services.routing.statements import reading
from services.routing.statements import triage as triage_statements
from services.routing.statements.reading import TaskFilter
from services.routing.views import task_view, triage_view


async def list_tasks(
    connection: Connection, workspace: WorkspaceId, asked: TaskFilter, *, after: str | None, limit: int
) -> PageView[TaskView]:
    """Tasks, next due first. Raises BadRequestError for a cursor that is none."""
    position = None if after is None else decode_cursor(after, (datetime, UUID))
    rows = await reading.page_of_tasks(connection, workspace, asked, after=position, limit=limit + 1)
    items = tuple(task_view(row) for row in rows[:limit])
    cursors = tuple(encode_cursor(task.due_at, task.id) for task in items)
    return PageView(items=items, cursors=cursors, has_next=len(rows) > limit)


async def list_tasks_by_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[TaskView | None]:
    """The tasks, aligned with their ids."""
    found = {row["id"]: task_view(row) for row in await reading.tasks_by_id(connection, workspace, ids)}
    return [found.get(each) for each in ids]


async def list_tasks_by_interactions(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[TaskView | None]:
    """The task that each interaction led to."""
    found = {row["asked_id"]: task_view(row) for row in await reading.tasks_by_interaction(connection, workspace, ids)}
    return [found.get(each) for each in ids]


async def list_tasks_by_conversations(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[TaskView]]:
    """The first hundred tasks of each conversation, next due first."""
    found: list[list[TaskView]] = [[] for _ in ids]
    for row in await reading.tasks_by_conversation(connection, workspace, ids, limit=PAGE_LIMIT):
        found[row["n"] - 1].append(task_view(row))
    return found


async def list_tasks_by_profiles(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[TaskView]]:
    """The first hundred tasks about each person that are of no thread, next due first."""
    found: list[list[TaskView]] = [[] for _ in ids]
    for row in await reading.tasks_by_profile(connection, workspace, ids, limit=PAGE_LIMIT):
        found[row["n"] - 1].append(task_view(row))
    return found


async def list_triage_by_interactions(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[TriageView | None]:
    """What each interaction is about."""
    rows = await triage_statements.results_by_interaction(connection, workspace, ids)
    found = {row["interaction_id"]: triage_view(row) for row in rows}
    return [found.get(each) for each in ids]
