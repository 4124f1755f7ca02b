"""Visitors of a site with web chat: browsers that write through the public door, and read their mailbox in the end. Played by the harness.

What they did is kept in the form of the simulated platforms' ledger.
"""

import asyncio
import itertools
import secrets
import time
from datetime import UTC, datetime
from typing import Any

import httpx

from rapport.simulation.ledger import Entry
from tests.chaos.channels import ORIGIN, Channels
from tests.chaos.plan import Plan
from tests.flows.product import Desk

# As many as one address may begin with at once.
MOST = 20
PATIENCE_SECONDS = 120.0
AGAIN_SECONDS = 0.5


class Visitors:
    """Some browsers on one site. `entries` is their ledger."""

    def __init__(self, desk: Desk, channels: Channels, plan: Plan) -> None:
        (self._side,) = (side for side in channels.sides if side.visited)
        self._address = self._side.channel.webhook_url.replace("/webhooks/", "/webchat/")
        self._http = desk.product.http
        self._plan = plan
        self._tokens: list[str] = []
        self.entries: list[Entry] = []

    async def write_all(self) -> None:
        """Each writes in turn, at a steady pace; a message is sent again, under its id, until it is taken."""
        for _ in range(min(MOST, self._plan.people)):
            answer = await self._ask("POST", "session", {})
            self._tokens.append(str(answer.json()["token"]))
        pause = self._plan.traffic_seconds / max(1, self._plan.visits)
        turns: dict[str, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            for number, token in zip(range(self._plan.visits), itertools.cycle(self._tokens), strict=False):
                turns[token] = group.create_task(self._write(token, number, after=turns.get(token)))
                await asyncio.sleep(pause)

    async def read_all(self) -> None:
        """Fetch every mailbox: what lies there has arrived."""
        for token in self._tokens:
            cursor, more = "", True
            while more:
                page = (await self._ask("GET", f"messages?after={cursor}&wait=0&recorded=0", token=token)).json()
                cursor, more = page["cursor"], bool(page["entries"])
                self.entries += [self._entry("reply", text=each["text"], accepted=True) for each in page["entries"] if each["from"] == "us"]

    async def _write(self, token: str, number: int, *, after: "asyncio.Task[None] | None") -> None:
        if after is not None:
            await after
        key, text, began = secrets.token_hex(8), f"Hello from the site, does it flicker? ({number})", time.monotonic()
        await self._ask("POST", "messages", {"id": key, "text": text}, token=token)
        self.entries.append(
            self._entry("event", key=key, external_id=key, text=text, acked=True, visited=True, seconds=time.monotonic() - began)
        )

    def _entry(self, kind: str, **facts: object) -> Entry:
        return {"entry": kind, "at": datetime.now(UTC).isoformat(), "platform": "webchat", "channel": self._side.account, **facts}

    async def _ask(self, method: str, name: str, body: object = None, *, token: str = "") -> httpx.Response:
        """The answer, once there is one that is neither trouble nor "too fast"."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        headers: dict[str, Any] = {"origin": ORIGIN, **({"authorization": f"Bearer {token}"} if token else {})}
        while True:
            try:
                answer = await self._http.request(method, f"{self._address}/{name}", json=body, headers=headers)
                trouble = f"{answer.status_code} {answer.text}"
                if answer.status_code < 400:
                    return answer
                assert answer.status_code >= 500 or answer.status_code == 429, trouble
            except httpx.TransportError as error:
                trouble = type(error).__name__
            assert time.monotonic() < deadline, f"{method} {name} is not answered: {trouble}"
            await asyncio.sleep(AGAIN_SECONDS)
