"""How long a platform asks to be left alone, to the second: not before, and not much later. By a clock that the test moves."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from services.engagement.settings import EngagementSettings
from services.kit.clock import FixedClock
from tests.engagement.clocks import running
from tests.engagement.shop import Answer, Desk
from tests.engagement.waiting import until

HOLD = timedelta(seconds=60)
JUST_BEFORE = HOLD - timedelta(milliseconds=500)
PATIENCE = 40.0


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_retry_after_is_obeyed_within_a_second(settings: EngagementSettings, form: str) -> None:
    clock = FixedClock(datetime.now(UTC).replace(microsecond=0))
    told = "60" if form == "seconds" else format_datetime(clock.now() + HOLD, usegmt=True)
    async with running(settings, clock=clock) as service, Desk.opened(service, people=2) as desk, Desk.opened(service) as other:

        async def take(_: object) -> Answer:
            return (429, b"slow down") if len(desk.shop.posted) == 1 else (200, b"")

        desk.shop.take, desk.shop.headers = take, [(b"retry-after", told.encode())]
        first, second = await desk.threads()
        refused = await desk.reply(thread=first)

        async def held() -> bool:
            found = await desk.found(refused)
            return (found["state"], found["attempt"]) == ("queued", 1)

        await until(held, within_seconds=PATIENCE)
        late = await desk.reply(thread=second)
        clock.advance(JUST_BEFORE)
        # What is posted now leaves elsewhere: the senders have been round, and left this channel alone.
        await other.state(await other.reply(), "sent", within_seconds=PATIENCE)
        assert (len(desk.shop.posted), (await desk.found(late))["attempt"]) == (1, 0)
        clock.advance(HOLD - JUST_BEFORE)
        for reply in (refused, late):
            await desk.state(reply, "sent", within_seconds=PATIENCE)
        assert len(desk.shop.posted) == 3
