"""Every process is killed once while 500 webhooks and 50 replies are under way; the platforms' ledger is compared with what people see."""

import asyncio
import os
import secrets
import signal
from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from migrations import SERVICES
from tests.flows.product import Connected, Desk, Product
from tests.flows.waiting import until

pytestmark = [pytest.mark.flow, pytest.mark.timeout(240)]

PEOPLE = 25
CROWD = 250
RATE_PER_SECOND = 25.0
STALLED_REPLIES = 4
RETRIES_FOR_SECONDS = 60.0
TIMELINES = """
query ($after: String) { contacts(first: 50, after: $after) {
    nodes { timeline(first: 100) { nodes { externalId text direction reply { state } } pageInfo { hasNextPage } } }
    pageInfo { hasNextPage endCursor }
} }
"""


@dataclass
class Tally:
    """What went wrong, counted by the platforms' ledger."""

    lost: int
    duplicated: int
    double_sends: int
    unknown: int

    def line(self) -> str:
        """The figures, for whoever runs the tests."""
        return (
            f"{2 * CROWD} webhooks, {2 * PEOPLE} replies, 4 kills: {self.lost} lost, {self.duplicated} duplicated, "
            f"{self.double_sends} double sends, {self.unknown} unknown"
        )


async def test_killing_every_process_loses_and_doubles_nothing(desk: Desk, everything: Product, capsys: pytest.CaptureFixture[str]) -> None:
    bot, partner = await desk.connect_telegram(), await desk.connect_inlet()
    platforms = everything.platforms
    await platforms.telegram_crowd(bot.account, count=CROWD, rate_per_second=RATE_PER_SECOND, people=PEOPLE, seed=3)
    await platforms.inlet_crowd(partner.account, count=CROWD, rate_per_second=RATE_PER_SECOND, people=PEOPLE, seed=4)
    await kill(everything, "identity")
    conversations = await desk.conversations(2 * PEOPLE, seconds=60)
    await platforms.misbehave("telegram", kind="stall", times=STALLED_REPLIES, seconds=3)
    await platforms.misbehave("inlet", kind="stall", times=STALLED_REPLIES, seconds=3)
    posting = asyncio.create_task(post_all(desk, conversations))
    await until(lambda: stalled_sends(desk, bot, partner))
    await kill(everything, "engagement")
    await kill(everything, "routing")
    await kill(everything, "gateway-1")
    await kill(everything, "gateway-2")
    posted = await posting
    await platforms.drained(within_seconds=60)
    replies = await asyncio.gather(*(outcome(desk, each, asked=partner) for each in posted))
    tally = await count(desk, bot, partner, replies)
    with capsys.disabled():
        print(f"\n{tally.line()}")  # noqa: T201 - the figures of a long test are its point
    assert (tally.lost, tally.duplicated, tally.double_sends) == (0, 0, 0)
    assert tally.unknown >= 1, "the case of a reply in doubt was not met"
    await settle_doubts(desk, bot, replies)
    await settled_ledger(desk)


async def kill(product: Product, name: str) -> None:
    """Send SIGKILL, and wait until the supervisor has started the process again."""
    assert product.running is not None
    process = product.running.processes[name]
    before = process.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)

    async def again() -> bool:
        return process.pid not in {None, before}

    await until(again)


async def post_all(desk: Desk, conversations: list[dict[str, Any]]) -> list[str]:
    """A reply in each conversation, posted as a front-end on a weak link does: again under the same key until it is answered."""
    slots = asyncio.Semaphore(10)
    await desk.headers()

    async def post(conversation: dict[str, Any]) -> str:
        path, key = f"/v1/conversations/{conversation['id']}/replies", secrets.token_hex(8)
        body = {"text": f"We look into it. ({key})"}

        async def answered() -> str | None:
            try:
                async with slots:
                    answer = await desk.request("POST", path, body, idempotency_key=key)
            except httpx.TransportError:
                return None
            assert answer.status_code in {201, 409, 502, 503, 504}, answer.text
            return str(answer.json()["reply"]["id"]) if answer.status_code == 201 else None

        return await until(answered, seconds=RETRIES_FOR_SECONDS) or ""

    return list(await asyncio.gather(*(post(conversation) for conversation in conversations)))


async def stalled_sends(desk: Desk, *channels: Connected) -> bool:
    """Whether the platforms hold replies that they have taken and not answered."""
    held = [[entry for entry in sends(desk, channel) if entry["fault"] == "stall"] for channel in channels]
    return all(len(entries) == STALLED_REPLIES for entries in held)


async def outcome(desk: Desk, reply: str, *, asked: Connected) -> dict[str, Any]:
    """A reply once nothing moves it any more: sent, or in doubt where the platform is not the one that can be asked."""
    of_channel = (await desk.read(f"/v1/replies/{reply}"))["channel_id"]
    return await desk.settled(reply, states=("sent",) if of_channel == asked.id else ("sent", "unknown"), seconds=60)


async def count(desk: Desk, bot: Connected, partner: Connected, replies: list[dict[str, Any]]) -> Tally:
    """Compare the platforms' ledger with every contact's timeline in GraphQL."""
    told = acked(desk, bot, partner)
    assert len(told) == 2 * CROWD

    async def whole() -> list[dict[str, Any]] | None:
        found = await timelines(desk)
        return found if len({node["externalId"] for node in found}) >= 2 * CROWD + 2 * PEOPLE else None

    entries = await until(whole, seconds=60) or []
    shown = Counter(node["externalId"] for node in entries if node["direction"] == "INBOUND")
    ours = Counter(node["text"] for node in entries if node["direction"] == "OUTBOUND")
    taken = Counter(entry["text"] for entry in sends(desk, bot, partner) if entry["accepted"] and not entry.get("repeated"))
    unsent = [reply for reply in replies if reply["state"] == "sent" and not taken[reply["text"]]]
    return Tally(
        lost=len(told - shown.keys()) + len(unsent),
        duplicated=shown.total() - len(told) + ours.total() - len(replies),
        double_sends=taken.total() - len(taken),
        unknown=sum(reply["state"] == "unknown" for reply in replies),
    )


async def timelines(desk: Desk) -> list[dict[str, Any]]:
    """Every entry of every contact, through GraphQL."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await desk.graphql(TIMELINES, after=after))["contacts"]
        for contact in page["nodes"]:
            assert not contact["timeline"]["pageInfo"]["hasNextPage"]
            found += contact["timeline"]["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def acked(desk: Desk, bot: Connected, partner: Connected) -> set[str]:
    """The ids of what the platforms sent on these channels and we acknowledged."""
    mine = {partner.account, bot.account.partition(":")[0]}
    entries = desk.product.platforms.ledger()
    return {external_id(entry) for entry in entries if entry["entry"] == "event" and entry["acked"] and entry["channel"] in mine}


def external_id(entry: dict[str, Any]) -> str:
    """What an event is called in the history."""
    return str(entry.get("external_id") or entry["key"])


def sends(desk: Desk, *channels: Connected) -> list[dict[str, Any]]:
    """Calls that asked the platforms to send."""
    mine = {channel.account.partition(":")[0] for channel in channels}
    return [entry for entry in desk.product.platforms.ledger() if entry["entry"] == "reply" and entry["channel"] in mine]


async def settle_doubts(desk: Desk, bot: Connected, replies: list[dict[str, Any]]) -> None:
    """A person looks on the platform and says what is there; then every reply is there exactly once."""
    arrived = {entry["text"] for entry in sends(desk, bot) if entry["accepted"]}
    for reply in replies:
        if reply["state"] == "unknown":
            told = await desk.request("POST", f"/v1/replies/{reply['id']}/settle", {"sent": reply["text"] in arrived})
            assert told.status_code == 200, told.text
            await desk.settled(reply["id"])
    taken = Counter(entry["text"] for entry in sends(desk, bot) if entry["accepted"])
    assert (len(taken), taken.total()) == (PEOPLE, PEOPLE)


async def settled_ledger(desk: Desk) -> None:
    """The five counts add up, and every conversation's work has reached routing."""
    ledger = await desk.read("/v1/ledger")
    assert ledger["inbound"] == 2 * CROWD == sum(ledger[state] for state in ("owed", "answered", "declined", "exempt", "alarm"))

    async def triaged() -> bool:
        return all(message["discipline"] for message in await desk.messages() if message["direction"] == "inbound")

    await until(triaged, seconds=30)
    for service in SERVICES:
        assert (await desk.read(f"/v1/{service}/dead-letters"))["items"] == []
