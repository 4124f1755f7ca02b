"""What goes through the product while it is broken: crowds of webhooks, and replies posted as a front-end on a weak link does."""

import asyncio
import itertools
import random
import secrets
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.chaos.channels import Channels, Side
from tests.chaos.plan import Plan
from tests.chaos.seat import PatientSeat
from tests.flows.product import Desk
from tests.flows.waiting import until

SHARE_IN_TROUBLE = 0.05
STALL_SECONDS = 6.0
# Faults after which a platform has the reply and we do not know, and faults after which it certainly has not.
PAGE_FAULTS = ("server_error", "reset_before", "truncated", "rate_limited")
FAULTS = ("reset_after_write", "truncated", "server_error_after", "stall", "reset_before", "rate_limited")
FIRST_CONVERSATIONS = 4
LOOKS = 40


async def send_crowds(desk: Desk, channels: Channels, plan: Plan) -> None:
    """Begin to send all webhooks, and to fill all pages, in equal parts."""
    for sides, count in ((channels.pushing(), plan.webhooks), (channels.polled(), plan.listed)):
        for number, side in enumerate(sides):
            share = count // len(sides) + (number < count % len(sides))
            crowd = {"count": share, "people": plan.people, "rate_per_second": share / plan.traffic_seconds, "seed": plan.seed + number}
            await _send_crowd(desk, side, crowd)


async def _send_crowd(desk: Desk, side: Side, crowd: dict[str, Any]) -> None:
    platforms = desk.product.platforms
    if side.platform == "telegram":
        await platforms.telegram_crowd(side.channel.account, **crowd)
    elif side.platform == "inlet":
        await platforms.inlet_crowd(side.channel.account, **crowd)
    else:
        await platforms.crowd(side.platform, side.account, **crowd)


async def make_trouble(desk: Desk, channels: Channels, plan: Plan) -> None:
    """Let the platforms fail now and then while replies reach them, and while their pages are read."""
    platforms = desk.product.platforms
    answering = {side.platform: side for side in channels.answering() if not side.visited}
    times = max(1, int(plan.replies * SHARE_IN_TROUBLE / len(FAULTS) / len(answering)))
    for side, kind in itertools.product(answering.values(), FAULTS):
        if plan.is_long or not (kind == "rate_limited" and side.waits_long):
            how = {"times": 1 if side.waits_long and kind == "rate_limited" else times, "seconds": STALL_SECONDS, "retry_after": 1}
            await platforms.misbehave(side.platform, kind=kind, probability=SHARE_IN_TROUBLE / 2, **how)
    for side, kind in itertools.product(channels.polled(), PAGE_FAULTS):
        await platforms.misbehave(f"{side.platform}:pages", kind=kind, times=times, probability=SHARE_IN_TROUBLE / 2, retry_after=1)


class Replies:
    """Posts replies over the run, in the order of each conversation; `posted` holds what was answered 201, in that order."""

    def __init__(self, seat: PatientSeat, channels: Channels, plan: Plan) -> None:
        self._channels = channels
        self._reviews: set[str] = set()
        self._turns: Counter[Side] = Counter()
        self._seat = seat
        self._plan = plan
        self._numbers = itertools.count(1)
        self.posted: dict[str, list[dict[str, Any]]] = {}

    @property
    def count(self) -> int:
        """How many are posted so far."""
        return sum(map(len, self.posted.values()))

    async def post_all(self) -> None:
        """One after the other in a conversation, several conversations at once, as fast as the platforms send."""
        generator = random.Random(self._plan.seed)
        pause = self._plan.traffic_seconds / self._plan.replies
        async with asyncio.TaskGroup() as group:
            last: dict[str, asyncio.Task[None]] = {}
            threads: dict[str, list[str]] = {}
            for number in range(self._plan.replies):
                if number % max(3, self._plan.replies // LOOKS) == 0 or not threads:
                    threads = await until(self._conversations, seconds=120)
                thread = self._choose(threads, generator)
                last[thread] = group.create_task(self._post(thread, after=last.get(thread)))
                await asyncio.sleep(pause)

    def _choose(self, threads: dict[str, list[str]], generator: random.Random) -> str:
        """A conversation of the side whose turn it is; a review that has its answer is none to answer."""
        mine = {
            side: [each for each in threads.get(side.channel.id, ()) if each not in self._reviews] for side in self._channels.answering()
        }
        side = min((side for side, found in mine.items() if found), key=lambda side: self._turns[side] * side.every_rounds)
        self._turns[side] += 1
        thread = generator.choice(mine[side])
        if side.platform == "google_business":
            self._reviews.add(thread)
        return thread

    async def _conversations(self) -> dict[str, list[str]]:
        """By channel, once there are enough of them."""
        found = await self._seat.list_all("/v1/conversations")
        threads: dict[str, list[str]] = {}
        for each in found:
            threads.setdefault(each["channel_id"], []).append(each["id"])
        return threads if len(found) >= FIRST_CONVERSATIONS else {}

    async def _post(self, thread: str, *, after: "asyncio.Task[None] | None") -> None:
        if after is not None:
            await after
        key = secrets.token_hex(8)
        body = {"text": f"We look into it. ({next(self._numbers)} {key})"}

        async def answered() -> dict[str, Any] | None:
            answer = await self._seat.call("POST", f"/v1/conversations/{thread}/replies", body, **{"idempotency-key": key})
            assert answer.status_code in {201, 409}, answer.text
            return answer.json()["reply"] if answer.status_code == 201 else None

        reply = await until(answered, seconds=120)
        assert reply is not None
        self.posted.setdefault(thread, []).append(reply)


def reply_ids(posted: Iterable[list[dict[str, Any]]]) -> list[str]:
    """The ids of what was posted."""
    return [reply["id"] for each in posted for reply in each]
