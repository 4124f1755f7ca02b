"""Where people are, as it is shown: a contact's runs with their log, and the board with the people behind each number.

Called by the edges, in their transaction. Changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from services.contracts.ids import WorkspaceId
from services.contracts.views import PageView
from services.contracts.views.journey import BoardStageView, BoardView, JourneyView, RunView, StepView, StuckView
from services.kit.db import Connection
from services.kit.ids import FIRST_ID
from services.kit.pagination import decode_cursor, encode_cursor
from services.routing.errors import JourneyRefusedError
from services.routing.journey.planning import Plan, plan_of
from services.routing.journey.recording import read_step
from services.routing.journey.walking import Step, Visit, walk
from services.routing.statements import journey as statements

STEPS_SHOWN = 100


class Number(StrEnum):
    """A number of the board, whose people are asked for."""

    PEOPLE = "people"
    CAME = "came"
    WENT = "went"


async def list_journeys(connection: Connection, workspace: WorkspaceId, contacts: Sequence[UUID]) -> list[JourneyView]:
    """The runs of each contact, aligned with the ids: of every line, the newest first, each with its newest hundred steps."""
    plan = await plan_of(connection, workspace)
    logs: dict[UUID, list[Step]] = {}
    for row in await statements.steps_of_subjects(connection, workspace, sorted(set(contacts))):
        logs.setdefault(row["subject_id"], []).append(read_step(row))
    return [JourneyView(contact_id=each, runs=tuple(_runs(logs.get(each, []), plan))) for each in contacts]


async def board_of(connection: Connection, workspace: WorkspaceId, *, line: str, since: datetime) -> BoardView:
    """The board of a line, every stage of the ring in its order. Raises JourneyRefusedError."""
    plan = await plan_of(connection, workspace)
    rows = await statements.board(connection, workspace, plan.named(line), stages=plan.stored, since=since)
    found = {row["stage"]: row for row in rows}
    shown = []
    for stage in plan.ring.stages:
        row = found[stage.key]
        longest = tuple(StuckView(id=each, since=at) for each, at in zip(row["ids"], row["times"], strict=True))
        shown.append(
            BoardStageView(
                stage=stage, people=row["people"], came=row["came"], went=row["went"], median_seconds=row["median"], longest=longest
            )
        )
    return BoardView(line=line, since=since, stages=tuple(shown))


async def list_people(  # noqa: PLR0913 - a number of the board is so many things
    connection: Connection,
    workspace: WorkspaceId,
    *,
    line: str,
    stage: str,
    number: Number,
    since: datetime,
    after: str | None,
    limit: int,
) -> PageView[StuckView]:
    """Who is behind a number of the board: those who wait longest, or came or went first, first. Raises JourneyRefusedError."""
    plan = await plan_of(connection, workspace)
    stored = [key for key, shown in plan.stored if shown == stage]
    if plan.ring.stage(stage) is None:
        raise JourneyRefusedError(f"There is no stage {stage!r}; there are {', '.join(each.key for each in plan.ring.stages)}.")
    begin = datetime.min.replace(tzinfo=since.tzinfo) if number is Number.PEOPLE else since
    position = (begin, FIRST_ID) if after is None else decode_cursor(after, (datetime, UUID))
    question = {
        Number.PEOPLE: statements.people_here,
        Number.CAME: statements.people_who_came,
        Number.WENT: statements.people_who_went,
    }[number]
    rows = await question(connection, workspace, plan.named(line), stored=stored, after=position, limit=limit + 1)
    items = tuple(StuckView(id=row["subject_id"], since=row["at"]) for row in rows[:limit])
    cursors = tuple(encode_cursor(each.since, each.id) for each in items)
    return PageView(items=items, cursors=cursors, has_next=len(rows) > limit)


def _runs(log: Sequence[Step], plan: Plan) -> list[RunView]:
    visits = walk(log, plan.ring)
    last = {visit.line: visit for visit in visits}
    runs = [
        _run(list(of_run), log, plan, current=last[line].run == number)
        for (line, number), of_run in groupby(visits, key=lambda each: (each.line, each.run))
    ]
    return sorted(runs, key=lambda each: (each.since, each.line, each.number), reverse=True)


def _run(visits: Sequence[Visit], log: Sequence[Step], plan: Plan, *, current: bool) -> RunView:
    """A run is over where its last stage was left: for nowhere, or because the line's next run began."""
    first, last = visits[0], visits[-1]
    stage = plan.ring.stages[plan.ring.place(last.stage, last.alike)]
    entered = {visit.step_id: visit for visit in visits}
    within = [step for step in log if step.line == first.line and first.entered_at <= step.at]
    within = [step for step in within if last.left_at is None or step.at < last.left_at or step.id in entered or _left(step, last)]
    return RunView(
        line=first.line,
        number=first.run,
        stage=stage.key,
        title=stage.title,
        phase=stage.phase,
        began_at=first.entered_at,
        since=last.entered_at,
        ended_at=last.left_at,
        current=current and last.left_at is None,
        steps=tuple(_step_view(step, entered.get(step.id), plan) for step in within[-STEPS_SHOWN:][::-1]),
    )


def _left(step: Step, last: Visit) -> bool:
    return not step.stage and step.at == last.left_at


def _step_view(step: Step, visit: Visit | None, plan: Plan) -> StepView:
    to_stage = plan.ring.stages[plan.ring.place(step.stage, step.alike)].key if step.stage else ""
    return StepView(
        id=step.id,
        profile_id=step.profile_id,
        line=step.line,
        mode=step.mode,
        from_stage=step.from_stage if visit is None else visit.from_stage,
        to_stage=to_stage,
        cause=step.cause,
        cause_id=step.cause_id,
        reason=step.reason,
        confidence=step.confidence,
        historic=step.historic,
        moved=visit is not None,
        at=step.at,
    )
