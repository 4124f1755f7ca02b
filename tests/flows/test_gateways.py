"""Two processes share the public port: one that dies is not missed, and their figures are on one page."""

import asyncio
import os
import re
import secrets
import signal

import httpx
import pytest

from rapport.processes import ServiceProcess
from tests.flows.product import Desk, Product, client
from tests.flows.waiting import until

pytestmark = [pytest.mark.flow, pytest.mark.timeout(120)]

ASKED = 20
PROCESSES = {"gateway-1", "gateway-2", "identity", "engagement", "routing"}


@pytest.fixture
def gateways(everything: Product) -> list[ServiceProcess]:
    """Those on the public port."""
    assert everything.running is not None
    return [process for name, process in everything.running.processes.items() if name.startswith("gateway")]


async def test_where_one_dies_the_other_serves_and_it_comes_back(everything: Product, gateways: list[ServiceProcess]) -> None:
    first, second = gateways
    dead = await kill(first)
    statuses = [await status_on_a_new_connection(everything) for _ in range(ASKED)]
    assert await second.answers()
    assert statuses == [200] * ASKED
    await until(lambda: is_back(first, dead), seconds=60)


async def test_figures_of_all_processes_are_on_one_page_and_add_up(everything: Product, desk: Desk) -> None:
    bot = await desk.connect_telegram()
    before = counted(await page(everything))
    for number in range(ASKED):  # each on a connection of its own: the kernel deals them out
        async with client(everything.url) as http:
            body = {"update_id": number, "message": {"message_id": number, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "Hi"}}
            headers = {"x-telegram-bot-api-secret-token": bot.secret}
            answer = await http.post(httpx.URL(bot.webhook_url).path, json=body, headers=headers)
            assert answer.status_code == 200, answer.text

    told = await page(everything)

    assert set(re.findall(r'^rapport_process_up\{process="([^"]+)"\} 1$', told, re.MULTILINE)) == PROCESSES
    assert counted(told) == before + ASKED
    types = re.findall(r"^# TYPE (\S+)", told, re.MULTILINE)
    assert len(types) == len(set(types)), "a family stands in two places"


async def test_what_is_said_at_one_gateway_is_heard_at_the_other(everything: Product, gateways: list[ServiceProcess]) -> None:
    """Each answers on a socket of its own: a session made at one holds at the other, and ends there too."""
    desk = await everything.desk()
    assert everything.running is not None
    folder = everything.running.deployment.sockets()
    sockets = [folder / f"{process.name}.sock" for process in gateways]
    async with at(sockets[0]) as one, at(sockets[1]) as other:
        body = {"workspace": desk.slug, "email": desk.email, "password": desk.password}
        session = (await one.post("/v1/auth/sign-in", json=body)).json()
        headers = {"authorization": f"Bearer {session['access_token']}", "idempotency-key": secrets.token_hex(8)}
        assert (await other.get("/v1/conversations", headers=headers)).status_code == 200
        assert (await one.post("/v1/auth/sign-out", headers=headers)).is_success

        async def refused() -> bool:
            return (await other.get("/v1/conversations", headers=headers)).status_code == 401

        await until(refused)


def at(socket: os.PathLike[str]) -> httpx.AsyncClient:
    """A client of one process."""
    return httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=os.fspath(socket)), base_url="http://localhost", timeout=20)


async def page(product: Product) -> str:
    """What Prometheus reads."""
    answer = await product.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return answer.text


def counted(told: str) -> float:
    """Deliveries accepted from Telegram, by all processes."""
    found = re.findall(r'^rapport_webhook_deliveries_total\{[^}]*outcome="accepted",platform="telegram"\} (\S+)$', told, re.MULTILINE)
    return sum(map(float, found))


async def kill(process: ServiceProcess) -> int:
    """End it without warning; its pid, once it is gone."""
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)

    async def gone() -> bool:
        return process.pid != pid

    await until(gone)
    return pid


async def is_back(process: ServiceProcess, dead: int) -> bool:
    """Whether the supervisor has started it again and it serves."""
    return process.pid not in {None, dead} and await process.answers()


async def status_on_a_new_connection(product: Product) -> int:
    """One call, as somebody who comes now makes it."""
    async with client(product.url) as http, asyncio.timeout(30):
        return (await http.get("/healthz")).status_code
