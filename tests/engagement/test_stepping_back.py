"""The inbound worker leaves the processor to the webhooks while they queue up, and reads all the same where they never stop."""

import asyncio
from datetime import timedelta
from typing import NoReturn, cast
from uuid import uuid4

import pytest

from services.contracts.ids import ChannelId
from services.engagement.inbound import LOOK_FOR_PRESSURE_SECONDS, InboundWorker
from services.engagement.registry import ChannelRegistry
from services.kit.clock import SystemClock
from services.kit.db import Database, DatabaseUnavailableError
from services.kit.telemetry import Metrics

LONGEST_LOOKS = 3


class Away:
    """A database that is away: what sweeps meanwhile finds nothing."""

    def transaction(self, *_: object) -> NoReturn:
        """Nobody is there."""
        raise DatabaseUnavailableError


class Room:
    """Door and registry at once: what was asked of them, in order. The door is pressed for the first `pressed` questions."""

    def __init__(self, *, pressed: int) -> None:
        self.asked: list[str] = []
        self.read = asyncio.Event()
        self._pressed = pressed

    def is_pressed(self) -> bool:
        """As the door."""
        self.asked.append("pressed?")
        return len(self.asked) <= self._pressed

    def find(self, channel: ChannelId) -> None:
        """As the registry: reading begins here, and there is no such channel."""
        assert channel
        self.asked.append("read")
        self.read.set()


@pytest.mark.parametrize(("pressed", "looks"), [(0, 1), (2, 3), (1_000, LONGEST_LOOKS)])
async def test_reading_waits_while_the_door_is_pressed_but_not_for_ever(pressed: int, looks: int) -> None:
    room, away = Room(pressed=pressed), cast("Database", Away())
    worker = InboundWorker(
        cast("ChannelRegistry", room),
        away,
        worker=away,
        deployment_key=b"k" * 32,
        historic_after=timedelta(days=1),
        kept=timedelta(days=1),
        published=lambda: None,
        pressed=room.is_pressed,
        clock=SystemClock(),
        metrics=Metrics("test"),
        step_back_seconds=LONGEST_LOOKS * LOOK_FOR_PRESSURE_SECONDS,
    )
    worker.wake(ChannelId(uuid4()))
    running = asyncio.create_task(worker.run())
    try:
        await asyncio.wait_for(room.read.wait(), timeout=20)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert room.asked == ["pressed?"] * looks + ["read"]
