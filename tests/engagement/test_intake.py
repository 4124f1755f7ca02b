"""The intake alone, over a database that answers when it is told to: how groups form, and when other work should step back."""

import asyncio
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.intake import PRESSING_GROUP, Intake
from services.engagement.statements.journal import JournalItem
from services.kit.clock import SystemClock
from services.kit.db import Database
from tests.engagement.waiting import until


class SlowDatabase:
    """Commits a statement when `disk` is set; keeps how many rows each statement had."""

    def __init__(self) -> None:
        self.disk = asyncio.Event()
        self.groups: list[int] = []

    async def dedicated(self) -> "SlowDatabase":
        """The one connection."""
        return self

    async def execute(self, _statement: str, _received_at: datetime, workspaces: list[object], *_columns: object) -> None:
        """Wait for the disk."""
        self.groups.append(len(workspaces))
        await self.disk.wait()

    def terminate(self) -> None:
        """The connection's end, as -1."""
        self.groups.append(-1)


def item() -> JournalItem:
    return JournalItem(
        workspace_id=WorkspaceId(uuid4()),
        channel_id=ChannelId(uuid4()),
        key=uuid4().bytes * 2,
        id=uuid4(),
        headers="",
        body=b"{}",
    )


async def test_those_who_come_while_the_disk_is_busy_share_the_next_statement() -> None:
    database = SlowDatabase()
    intake = Intake(cast("Database", database), clock=SystemClock())
    async with asyncio.TaskGroup() as group:
        writer = group.create_task(intake.run())
        admitted = [asyncio.ensure_future(intake.admit([item()]))]
        await until(lambda: _true(database.groups == [1]))
        admitted += [asyncio.ensure_future(intake.admit([item()])) for _ in range(7)]
        database.disk.set()
        await asyncio.wait(admitted, timeout=5)
        writer.cancel()

    assert database.groups == [1, 7, -1]


async def test_other_work_steps_back_while_deliveries_queue_up_and_not_when_they_come_singly() -> None:
    database = SlowDatabase()
    database.disk.set()
    intake = Intake(cast("Database", database), clock=SystemClock())
    async with asyncio.TaskGroup() as group:
        writer = group.create_task(intake.run())
        for _ in range(20):
            await intake.admit([item()])
        assert not intake.is_pressed()

        for _ in range(20):
            await asyncio.gather(*(intake.admit([item()]) for _ in range(2 * int(PRESSING_GROUP))))
        assert intake.is_pressed()

        await until(lambda: _true(not intake.is_pressed()))
        writer.cancel()


async def _true(found: Any) -> bool:
    return bool(found)
