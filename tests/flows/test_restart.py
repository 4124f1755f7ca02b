"""`rapport up` as people start and stop it: it drains on SIGTERM, runs in one process too, and keeps every row over kill -9."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from rapport.sample import EMAIL, FILE, SLUG
from rapport.simulation import SimulatedPlatforms
from tests.flows.product import Connected, Desk, Product, client, port_of
from tests.flows.waiting import until

pytestmark = [pytest.mark.flow, pytest.mark.timeout(180)]

CROWD = 200
RATE_PER_SECOND = 60.0
START_SECONDS = 60.0
STOP_SECONDS = 30.0
CALL_SECONDS = 5.0


async def test_a_drain_refuses_nobody_with_5xx_and_neither_it_nor_kill_9_loses_a_row(tmp_path: Path) -> None:
    async with platforms(tmp_path) as simulated, client(url_of(tmp_path)) as http:
        async with up(tmp_path) as first:
            desk = sample_desk(tmp_path, simulated, http)
            partner = await desk.connect_inlet()
            assert await until(lambda: shows_chat(desk))
            await overtaken(simulated, partner)
            first.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(first.wait(), STOP_SECONDS) == 0
            before = len(entries(simulated, partner))
        assert {entry["status"] for entry in entries(simulated, partner)[:before]} <= {200, 0}
        assert not await acknowledged(simulated, partner, at_least=CROWD)
        async with up(tmp_path, "--single-process") as second:
            await simulated.drained(within_seconds=30)
            await all_there(desk, partner, CROWD)
            assert await shows_chat(desk)
            reply = await answered(desk, simulated)
            later = await desk.connect_inlet()
            await overtaken(simulated, later)
            os.kill(second.pid, signal.SIGKILL)
            await second.wait()
            # Its children die with it, a moment later.
            await until(lambda: silent(tmp_path))
        async with up(tmp_path, "--single-process") as third:
            await simulated.drained(within_seconds=30)
            await all_there(desk, later, CROWD)
            assert (await desk.settled(reply["id"]))["state"] == "sent"
            third.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(third.wait(), STOP_SECONDS) == 0
        assert len(simulated.accepted_replies("telegram")) == 1


async def overtaken(simulated: SimulatedPlatforms, partner: Connected) -> None:
    """Return while a crowd still writes."""
    await simulated.inlet_crowd(partner.account, count=CROWD, rate_per_second=RATE_PER_SECOND)
    await until(lambda: acknowledged(simulated, partner, at_least=CROWD // 4))


async def answered(desk: Desk, simulated: SimulatedPlatforms) -> dict[str, Any]:
    """A reply that has left."""
    bot = await desk.connect_telegram()
    await simulated.telegram_message(bot.account, person={"id": 5, "first_name": "Ines"}, text="Is anyone there?")
    (conversation,) = await until(lambda: threads(desk, bot))
    reply = await desk.post_reply(conversation, "Yes, good morning.")
    assert (await desk.settled(reply["id"]))["attempt"] == 1
    assert [entry["text"] for entry in simulated.accepted_replies("telegram")] == ["Yes, good morning."]
    return reply


@asynccontextmanager
async def platforms(folder: Path) -> AsyncIterator[SimulatedPlatforms]:
    async with SimulatedPlatforms.running(folder / "ledger.jsonl") as running:
        yield running


@asynccontextmanager
async def up(folder: Path, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`rapport up` until the block ends, ready to be used; killed if it still runs then."""
    command = ("-m", "rapport.cli", "up", "--data", str(folder / "data"), "--port", str(noted_port(folder)), "--allow-private", *options)
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=Path(__file__).parents[2])
    try:
        await until(lambda: ready(process, folder), seconds=START_SECONDS)
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), STOP_SECONDS)


async def ready(process: asyncio.subprocess.Process, folder: Path) -> bool:
    """Whether the gateway answers and the sample workspace is there."""
    assert process.returncode is None, "it ended instead of starting"
    async with client(f"http://127.0.0.1:{noted_port(folder)}") as http:
        try:
            return (await http.get("/readyz")).is_success and (folder / "data" / FILE).exists()
        except httpx.TransportError:
            return False


async def silent(folder: Path) -> bool:
    """Whether nothing listens at the port any more."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", noted_port(folder)), CALL_SECONDS)
    except OSError:
        return True
    writer.close()
    return False


def url_of(folder: Path) -> str:
    """Where the gateway will answer, at every start."""
    return f"http://127.0.0.1:{port_of(folder)}"


def noted_port(folder: Path) -> int:
    """The port that was chosen once for the folder."""
    return int((folder / "port").read_text())


def sample_desk(folder: Path, simulated: SimulatedPlatforms, http: httpx.AsyncClient) -> Desk:
    """The sample workspace's member, with the password that the first start wrote down."""
    password = (folder / "data" / FILE).read_text().split("password")[1].split()[0]
    return Desk(Product(str(http.base_url).rstrip("/"), {}, simulated, http), SLUG, EMAIL, password)


async def shows_chat(desk: Desk) -> bool:
    """Whether the sample's page to try the web chat is served, with its widget."""
    found = [each["webhook_path"] for each in await desk.read("/v1/channels") if each["platform"] == "webchat"]
    base = "".join(found).replace("/webhooks/", "/webchat/")
    answers = [await desk.product.http.get(f"{base}/{name}") for name in ("demo", "widget.js")] if found else []
    return [answer.status_code for answer in answers] == [200, 200]


async def threads(desk: Desk, channel: Connected) -> list[dict[str, Any]]:
    """The conversations of one channel."""
    return await desk.list_all(f"/v1/conversations?channel_id={channel.id}")


async def all_there(desk: Desk, channel: Connected, count: int) -> None:
    """Every message of the channel is in the history exactly once."""

    async def complete() -> bool:
        return sum(thread["message_count"] for thread in await threads(desk, channel)) >= count

    await until(complete, seconds=30)
    found = []
    for thread in await threads(desk, channel):
        found += [message["external_id"] for message in await desk.list_all(f"/v1/conversations/{thread['id']}/messages")]
    assert sorted(found) == sorted({entry["key"] for entry in entries(desk.product.platforms, channel)})
    assert len(found) == count


async def acknowledged(simulated: SimulatedPlatforms, channel: Connected, *, at_least: int) -> bool:
    """Whether so many deliveries are acknowledged."""
    return sum(entry["acked"] for entry in entries(simulated, channel)) >= at_least


def entries(simulated: SimulatedPlatforms, channel: Connected) -> list[dict[str, Any]]:
    """Every attempt of the partner's to deliver."""
    return [entry for entry in simulated.ledger() if entry["entry"] == "event" and entry["channel"] == channel.account]
