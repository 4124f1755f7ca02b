"""What goes through the product while it is broken: crowds of webhooks, and replies posted as a front-end on a weak link does."""

import asyncio
import itertools
import random
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.chaos.plan import Plan
from tests.chaos.seat import PatientSeat
from tests.flows.product import Connected, Desk
from tests.flows.waiting import until

SHARE_IN_TROUBLE = 0.05
STALL_SECONDS = 6.0
# Faults after which a platform has the reply and we do not know, and faults after which it certainly has not.
FAULTS = ("reset_after_write", "truncated", "server_error_after", "stall", "reset_before", "rate_limited")
FIRST_CONVERSATIONS = 4


@dataclass(frozen=True)
class Channels:
    """A bot of whom nothing can be asked, a partner that answers look-ups, and one that reports what it took."""

    bot: Connected
    asked: Connected
    echoing: Connected

    @classmethod
    async def connected(cls, desk: Desk) -> "Channels":
        """Three channels of one workspace."""
        return cls(
            await desk.connect_telegram(),
            await desk.connect_inlet(lookup=True),
            await desk.connect_inlet(lookup=False, echo=True),
        )

    def accounts(self) -> set[str]:
        """What the ledger calls them."""
        return {each.account.partition(":")[0] for each in (self.bot, self.asked, self.echoing)}


async def send_crowds(desk: Desk, channels: Channels, plan: Plan) -> None:
    """Begin to send all webhooks, a third by each channel."""
    platforms = desk.product.platforms
    shares = [plan.webhooks // 3, plan.webhooks // 3, plan.webhooks - 2 * (plan.webhooks // 3)]
    rate = plan.rate_per_second / 3
    crowd = {"people": plan.people, "rate_per_second": rate}
    await platforms.telegram_crowd(channels.bot.account, count=shares[0], seed=plan.seed, **crowd)
    await platforms.inlet_crowd(channels.asked.account, count=shares[1], seed=plan.seed + 1, **crowd)
    await platforms.inlet_crowd(channels.echoing.account, count=shares[2], seed=plan.seed + 2, **crowd)


async def make_trouble(desk: Desk, plan: Plan) -> None:
    """Let the platforms fail now and then while replies reach them."""
    times = max(1, int(plan.replies * SHARE_IN_TROUBLE / len(FAULTS) / 2))
    for platform, kind in itertools.product(("telegram", "inlet"), FAULTS):
        await desk.product.platforms.misbehave(
            platform, kind=kind, times=times, probability=SHARE_IN_TROUBLE / 2, seconds=STALL_SECONDS, retry_after=1
        )


class Replies:
    """Posts replies over the run, in the order of each conversation; `posted` holds what was answered 201, in that order."""

    def __init__(self, seat: PatientSeat, plan: Plan) -> None:
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
            threads: list[dict[str, Any]] = []
            for number in range(self._plan.replies):
                if number % 50 == 0 or len(threads) < FIRST_CONVERSATIONS:
                    threads = await until(self._conversations, seconds=120)
                thread = generator.choice(threads)["id"]
                last[thread] = group.create_task(self._post(thread, after=last.get(thread)))
                await asyncio.sleep(pause)

    async def _conversations(self) -> list[dict[str, Any]]:
        found = await self._seat.list_all("/v1/conversations")
        return found if len(found) >= FIRST_CONVERSATIONS else []

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
