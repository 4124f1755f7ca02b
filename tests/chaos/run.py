"""One run from start to reckoning: traffic and havoc together, then quiet, then doubts settled, then the tally. Called by __main__."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from migrations import SERVICES
from rapport.deployment import Deployment, running
from rapport.simulation import SimulatedPlatforms
from tests.chaos import tally as reckoning
from tests.chaos.channels import Channels, Settled
from tests.chaos.havoc import Havoc
from tests.chaos.plan import Plan
from tests.chaos.seat import PatientSeat
from tests.chaos.tally import Tally
from tests.chaos.traffic import Replies, make_trouble, reply_ids, send_crowds
from tests.chaos.visitors import Visitors
from tests.flows.product import Desk, Product, client, port_of
from tests.flows.waiting import until

SEND_TIMEOUT_SECONDS = 4
PROGRESS_SECONDS = 10.0
QUIET_SECONDS = 300.0
MOVING = ("queued", "sending")


async def run(plan: Plan, folder: Path) -> Tally:
    """Start everything in the folder, break it, and count."""
    os.environ |= {
        "SEND_TIMEOUT_SECONDS": str(SEND_TIMEOUT_SECONDS),
        "LISTENERS_LONGEST_REST_SECONDS": str(plan.rest_seconds),
        "OAUTH_GOOGLE_CLIENT_ID": "simulated",
        "OAUTH_GOOGLE_CLIENT_SECRET": "simulated",
    }
    deployment = Deployment(
        folder=folder, port=port_of(folder), durable=True, allow_private_addresses=True, log_level="warning", log_folder=folder
    )
    async with AsyncExitStack() as stack:
        platforms = await stack.enter_async_context(SimulatedPlatforms.running(folder / "ledger.jsonl"))
        everything = await stack.enter_async_context(running(deployment))
        http = await stack.enter_async_context(client(everything.url))
        product = Product(everything.url, everything.environment(), platforms, http, everything)
        desk = await product.desk()
        return await Run(plan, desk, await Channels.connected(desk)).to_the_end()


class Run:
    """What the parts of one run share."""

    def __init__(self, plan: Plan, desk: Desk, channels: Channels) -> None:
        assert desk.product.running is not None
        self._plan = plan
        self._desk = desk
        self._channels = channels
        self._platforms = desk.product.platforms
        self._seat = PatientSeat(desk)
        self._replies = Replies(self._seat, channels, plan)
        self._visitors = Visitors(desk, channels, plan)
        self._havoc = Havoc(desk.product.running, plan)

    async def to_the_end(self) -> Tally:
        """Everything in its order."""
        plan = self._plan
        plan.say(f"started, with {len(self._channels.sides)} channels; the platforms send for {plan.traffic_seconds:.0f} s")
        progress = asyncio.create_task(self._tell_progress())
        try:
            await make_trouble(self._desk, self._channels, plan)
            await send_crowds(self._desk, self._channels, plan)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._replies.post_all())
                group.create_task(self._visitors.write_all())
                group.create_task(self._havoc.run())
            await self._platforms.drained(within_seconds=QUIET_SECONDS)
            plan.say("all webhooks are acknowledged and all replies posted; waiting until nothing moves")
            await self._platforms.behave()
            in_doubt = await until(self._doubts_that_stay, seconds=QUIET_SECONDS)
        finally:
            progress.cancel()
        doubted = await self._ever_in_doubt()
        plan.say(f"{len(doubted)} replies were in doubt, {len(in_doubt[0])} wait for a person, who looks at the platform")
        await self._settle(in_doubt[0])
        await self._visitors.read_all()
        return await self._reckon(doubted, for_a_person={reply["id"] for reply in in_doubt[0]})

    async def _tell_progress(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            ledger = await asyncio.to_thread(self._platforms.ledger)
            acked = reckoning.acknowledged(ledger, self._channels.accounts())
            listed = sum(bool(entry.get("listed")) for entry in acked.values())
            done = f"{len(acked) - listed} of {self._plan.webhooks} webhooks, {listed} of {self._plan.listed} on pages"
            self._plan.say(f"{done}, {self._replies.count} of {self._plan.replies} replies")

    async def _doubts_that_stay(self) -> tuple[list[dict[str, Any]]] | None:
        """The replies that only a person can settle, once no other moves; as a tuple, for an empty list is an answer too."""
        replies = await self._all_replies()
        unknown = [reply for reply in replies if reply["state"] == "unknown"]
        taken = self._taken()
        if any(reply["state"] in MOVING for reply in replies) or any(self._ends_by_itself(each, taken) for each in unknown):
            await asyncio.sleep(1)
            return None
        return (unknown,)

    def _ends_by_itself(self, reply: dict[str, Any], taken: Counter[str]) -> bool:
        """Whether an echo or a look-up is going to settle this doubt."""
        settled = self._channels.of(reply["channel_id"]).settled
        return settled is Settled.ALL or (settled is Settled.TAKEN and taken[reply["text"]] > 0)

    def _ledger(self) -> list[dict[str, Any]]:
        """The platforms', and that of the site's visitors."""
        return [*self._platforms.ledger(), *self._visitors.entries]

    def _taken(self) -> Counter[str]:
        """What the platforms took, and how often."""
        ledger = reckoning.accepted(self._platforms.ledger(), self._channels.accounts())
        return Counter(reckoning.words(entry["text"]) for entry in ledger)

    async def _all_replies(self) -> list[dict[str, Any]]:
        ids = reply_ids(self._replies.posted.values())
        return list(await asyncio.gather(*(self._seat.read(f"/v1/replies/{each}") for each in ids)))

    async def _ever_in_doubt(self) -> set[str]:
        """By the events, for a doubt that was settled shows no more."""
        owner = await asyncpg.connect(self._desk.product.environment["DATABASE_URL_ENGAGEMENT"], timeout=10)
        try:
            rows = await owner.fetch(
                "SELECT data FROM engagement.outbox WHERE workspace_id = $1 AND type = 'engagement.reply.unknown'", self._desk.workspace_id
            )
        finally:
            await owner.close()
        return {orjson.loads(row["data"])["reply_id"] for row in rows}

    async def _settle(self, replies: Sequence[dict[str, Any]]) -> None:
        """As a person does: look on the platform, and say what is there. What is not there is sent again."""
        there = self._taken()
        for reply in replies:
            answer = await self._seat.call("POST", f"/v1/replies/{reply['id']}/settle", {"sent": reply["text"] in there})
            assert answer.status_code == 200, answer.text

        async def sent() -> bool:
            states = [(await self._seat.read(f"/v1/replies/{reply['id']}"))["state"] for reply in replies]
            return not set(states) & {*MOVING, "unknown"}

        await until(sent, seconds=QUIET_SECONDS)

    async def _reckon(self, doubted: set[str], *, for_a_person: set[str]) -> Tally:
        plan, accounts = self._plan, self._channels.accounts()
        ledger = self._ledger()
        acked = reckoning.acknowledged(ledger, accounts)
        listed, visits = (sum(bool(entry.get(name)) for entry in acked.values()) for name in ("listed", "visited"))
        webhooks = len(acked) - listed - visits
        assert (webhooks, listed, visits) == (plan.webhooks, plan.listed, plan.visits), f"there were {webhooks}, {listed} and {visits}"
        plan.say("waiting until people, history and tasks are complete")
        threads = await self._complete_threads(len(acked))
        shown = Counter(self._named(message) for thread in threads.values() for message in thread if message["direction"] == "inbound")
        ours = Counter(
            reckoning.words(message["text"]) for thread in threads.values() for message in thread if message["direction"] == "outbound"
        )
        taken = reckoning.accepted(ledger, accounts)
        times = Counter(reckoning.words(entry["text"]) for entry in taken)
        replies = await self._all_replies()
        return Tally(
            webhooks=webhooks,
            replies=len(replies),
            kills=self._havoc.kills,
            lost=[
                *reckoning.lost_webhooks(acked, shown),
                *await self._untold(threads),
                *(f"reply {reply['id']} is {reply['state']}" for reply in replies if not self._arrived(reply, times)),
            ],
            duplicated=[*reckoning.doubled(shown, acked), *(self._twice(text, replies) for text, count in ours.items() if count > 1)],
            inversions=[*self._inverted_messages(threads, ledger), *self._inverted_replies(taken, doubted)],
            double_sends=[f"reply {text}" for text, count in times.items() if count > 1],
            unknown=len(doubted),
            settled=len(doubted - for_a_person),
            for_a_person=len(for_a_person),
            seconds=time.monotonic() - plan.began,
            parts=[
                reckoning.part(side.name, side.account, acked=acked, ours=mine, doubted=doubted & mine.keys(), for_a_person=for_a_person)
                for side in self._channels.sides
                for mine in [{reply["id"]: reply for reply in replies if reply["channel_id"] == side.channel.id}]
            ],
        )

    def _twice(self, text: str, replies: Sequence[dict[str, Any]]) -> str:
        """A reply that is shown twice, and where."""
        reply = next((each for each in replies if each["text"] == text), None)
        return f"reply {reply['id']} of {self._channels.of(reply['channel_id']).name}" if reply else f"reply {text}"

    @staticmethod
    def _arrived(reply: dict[str, Any], times: Counter[str]) -> bool:
        return reply["state"] in {"sent", "delivered", "read"} and times[reply["text"]] > 0

    def _named(self, message: dict[str, Any]) -> tuple[str, str]:
        """Channel and id of a message, as the ledger has them."""
        side = self._channels.of(message["channel_id"])
        # What a visitor writes is called by the visitor's id as well, which a browser does not know.
        return side.account, message["external_id"].rpartition("/")[2] if side.visited else message["external_id"]

    async def _complete_threads(self, webhooks: int) -> dict[str, list[dict[str, Any]]]:
        """Every conversation, oldest message first, once all are there and triaged; what never comes is the tally's matter."""
        deadline = time.monotonic() + QUIET_SECONDS
        while True:
            ids = [conversation["id"] for conversation in await self._seat.list_all("/v1/conversations")]
            found = await asyncio.gather(*(self._seat.list_all(f"/v1/conversations/{each}/messages") for each in ids))
            inbound = [message for thread in found for message in thread if message["direction"] == "inbound"]
            if (len(inbound) >= webhooks and all(message["discipline"] for message in inbound)) or time.monotonic() > deadline:
                return {each: thread[::-1] for each, thread in zip(ids, found, strict=True)}
            await asyncio.sleep(2)

    async def _untold(self, threads: dict[str, list[dict[str, Any]]]) -> list[str]:
        """What somebody was never told of, once nothing changes that: an event that its reader took to the grave comes again later."""
        deadline = time.monotonic() + QUIET_SECONDS
        while True:
            found = await self._not_yet_told(threads)
            if not found or time.monotonic() > deadline:
                return found
            await asyncio.sleep(2)

    async def _not_yet_told(self, threads: dict[str, list[dict[str, Any]]]) -> list[str]:
        """Messages that identity has put on nobody's timeline, or that routing has not judged."""
        contacts = await self._seat.list_all("/v1/contacts")
        timelines = await asyncio.gather(*(self._seat.list_all(f"/v1/contacts/{each['id']}/timeline") for each in contacts))
        on_timelines = {message["id"] for timeline in timelines for message in timeline}
        inbound = [message for thread in threads.values() for message in thread if message["direction"] == "inbound"]
        return [
            *(f"message {message['id']} is on nobody's timeline" for message in inbound if message["id"] not in on_timelines),
            *(f"message {message['id']} is not triaged" for message in inbound if not message["discipline"]),
            *[
                f"dead letter {letter['id']} of {service}"
                for service in SERVICES
                for letter in (await self._seat.read(f"/v1/{service}/dead-letters"))["items"]
            ],
        ]

    def _inverted_messages(self, threads: dict[str, list[dict[str, Any]]], ledger: Sequence[dict[str, Any]]) -> list[str]:
        began = reckoning.first_attempts(ledger)
        acked = reckoning.acknowledged(ledger, self._channels.accounts())
        shown = ([self._named(message) for message in thread] for thread in threads.values())
        return [each for thread in shown for each in reckoning.inverted_messages(thread, acked, began=began)]

    def _inverted_replies(self, taken: Sequence[dict[str, Any]], doubted: set[str]) -> list[str]:
        order = [reckoning.words(entry["text"]) for entry in taken]
        posted = self._replies.posted.values()
        return [each for replies in posted for each in reckoning.inverted_replies(replies, order, doubted=doubted)]
