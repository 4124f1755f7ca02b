"""Queries for tasks and the playbook. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.loaders import TaskPageKey
from gateway.relay import After, Connection, First, read_after, read_first, read_id_of
from gateway.routing.types import PlaybookCell, Task
from gateway.vocabulary import Discipline, TaskState
from services.contracts.views import PageView, PlaybookCellView, TaskView

OfDiscipline = Annotated[Discipline | None, strawberry.argument(description="Only tasks of this discipline; null for all.")]
OfState = Annotated[TaskState | None, strawberry.argument(description="Only tasks in this state; null for all.")]
OfMember = Annotated[strawberry.ID | None, strawberry.argument(description="Only tasks of this member, by global id; null for all.")]

Neglected = Annotated[
    bool, strawberry.argument(description="Only tasks that were handed off, and nobody contacted the person within the days allowed.")
]


def list_tasks(  # noqa: PLR0913 - a list has this many filters
    info: Info,
    first: First = 20,
    after: After = None,
    discipline: OfDiscipline = None,
    state: OfState = None,
    member_id: OfMember = None,
    *,
    neglected: Neglected = False,
) -> Awaitable[PageView[TaskView]]:
    """The workspace's tasks."""
    member = None if member_id is None else read_id_of(member_id, type_name="Member")
    key = TaskPageKey(read_first(first), read_after(after), discipline, state, member, neglected)
    return info.context.loaders.tasks_by_page.load(key)


def list_playbook(info: Info) -> Awaitable[list[PlaybookCellView]]:
    """The workspace's playbook."""
    return info.context.loaders.playbook_by_caller.load(None)


def find_task_by(
    info: Info,
    system: Annotated[str, strawberry.argument(description="Another system.")],
    type: Annotated[str, strawberry.argument(description="Of what kind it is there.")],  # noqa: A002 - the argument's name in the schema
    external_id: Annotated[str, strawberry.argument(description="Its id there.")],
) -> Awaitable[TaskView | None]:
    """The task that is called so elsewhere."""
    return info.context.loaders.task_by_reference.load((system, type, external_id))


@strawberry.type
class RoutingQueries:
    """Part of Query."""

    tasks = strawberry.field(
        resolver=list_tasks,
        graphql_type=Connection[Task],
        description="The work of the workspace, next due first. At most 100 a page.",
    )
    task_by = strawberry.field(
        resolver=find_task_by, graphql_type=Task | None, description="The task that another system calls so. Null where none is."
    )
    playbook = strawberry.field(
        resolver=list_playbook,
        graphql_type=list[PlaybookCell],
        description="Who does what in which phase; every cell, at most 100.",
    )
