"""The simulated platforms as an object: started as a child process, told what to send, asked what it saw. Used by the demo and by tests."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp

import rapport
from rapport.simulation.ledger import Entry, read_ledger

START_SECONDS = 15.0
CALL_SECONDS = 120.0
STOP_SECONDS = 10.0
_POLL_SECONDS = 0.05


class SimulationError(Exception):
    """The simulation did not start, refused what it was told, or did not get rid of its events in time."""


@dataclass
class SimulatedPlatforms:
    """A running simulation; `url` is where its Bot API and its partners are."""

    url: str
    ledger_path: Path
    session: aiohttp.ClientSession
    # How much of the ledger was written before this one's time.
    earlier: int = 0

    @classmethod
    @asynccontextmanager
    async def running(cls, ledger_path: Path, *, port: int = 0) -> AsyncIterator["SimulatedPlatforms"]:
        """Start the process, and stop it at the end; it also ends with us."""
        command = ("-m", "rapport.simulation", "--port", str(port), "--ledger", str(ledger_path), "--until-stdin-closes")
        folder = Path(rapport.__file__).parents[1]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=folder
        )
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_SECONDS)) as session:
                yield cls(url=f"http://127.0.0.1:{await _port_of(process)}", ledger_path=ledger_path, session=session)
        finally:
            await _stop(process)

    async def add_account(self, platform: str, *, id_: str, token: str, webhook_url: str = "", secret: str = "") -> None:
        """An account on a platform of the table (`platforms`). What it delivers goes to `webhook_url`, signed by `secret`."""
        await self._tell("accounts", platform=platform, id=id_, token=token, webhook_url=webhook_url, secret=secret)

    async def say(self, platform: str, account: str, *, text: str, person: int = 501, number: int = 0) -> None:
        """Let a person say something to an account, and wait until we have acknowledged it. An odd `number` is said in public."""
        await self._tell("lines", platform=platform, account=account, text=text, person=person, number=number)

    async def crowd(self, platform: str, account: str, *, count: int, rate_per_second: float, people: int = 50, seed: int = 1) -> None:
        """Begin to let many people speak to an account; see `drained`."""
        told = {"count": count, "rate_per_second": rate_per_second, "people": people, "seed": seed}
        await self._tell("crowd", platform=platform, account=account, **told)

    async def polls(self, platform: str) -> dict[str, int]:
        """How often each account's pages were asked for."""
        async with self.session.get(f"{self.url}/control/accounts/{platform}/polls") as told:
            return dict(await told.json())

    async def add_bot(self, token: str, *, username: str, webhook_url: str = "", secret_token: str = "") -> None:
        """A Telegram bot; `url` is its API's base address. A webhook given here counts as set by setWebhook."""
        await self._tell("telegram/bots", token=token, username=username, webhook_url=webhook_url, secret_token=secret_token)

    async def telegram_message(self, token: str, *, person: dict[str, Any], text: str, **parts: Any) -> Entry:  # noqa: ANN401 - parts of the vendor's JSON
        """Let a person write, and wait until we have acknowledged it. `chat` is a group; other parts go into the message."""
        (entry,) = await self._tell("telegram/updates", token=token, person=person, text=text, **parts)
        return dict(entry)

    async def telegram_updates(self, token: str, *, updates: list[dict[str, Any]], attempts: int = 300) -> list[Entry]:
        """Send updates as they are (numbered by the simulation), and wait until each is acknowledged or given up."""
        return list(await self._tell("telegram/updates", token=token, updates=updates, attempts=attempts))

    async def telegram_crowd(self, token: str, *, count: int, rate_per_second: float, people: int = 50, seed: int = 1) -> None:
        """Begin to send many messages; see `drained`."""
        await self._tell("telegram/crowd", token=token, count=count, rate_per_second=rate_per_second, people=people, seed=seed)

    async def block(self, token: str, *, chat: str) -> None:
        """Let a person block a bot."""
        await self._tell("telegram/block", token=token, chat=chat)

    async def add_partner(self, name: str, *, webhook_url: str, secret: str, echo: bool = False) -> str:
        """A partner of the inlet; gives the reply_url for its channel. With `echo` it reports every reply that it took."""
        told = await self._tell("inlet/partners", name=name, webhook_url=webhook_url, secret=secret, echo=echo)
        return self.url + str(told["reply_path"])

    def reply_url(self, name: str) -> str:
        """Where a partner of this name will take replies; known before the partner is, because a channel wants it first."""
        return f"{self.url}/inlet/{name}/replies"

    async def inlet_events(self, partner: str, *, events: list[dict[str, Any]], attempts: int = 300) -> Entry:
        """Send events in one signed webhook, and wait until it is acknowledged or given up."""
        (entry,) = await self._tell("inlet/events", partner=partner, events=events, attempts=attempts)
        return dict(entry)

    def events_url(self, name: str) -> str:
        """Where a partner of this name shows what happened, delivered or not."""
        return f"{self.url}/inlet/{name}/events"

    async def drop_events(self, partner: str, *, events: list[dict[str, Any]]) -> None:
        """Let events happen that a partner never sends."""
        await self._tell("inlet/events", partner=partner, events=events, dropped=True)

    async def drop_telegram_message(self, token: str, *, person: dict[str, Any], text: str) -> Entry:
        """Let a person write what Telegram numbers and never sends."""
        (entry,) = await self._tell("telegram/updates", token=token, person=person, text=text, dropped=True)
        return dict(entry)

    async def inlet_crowd(self, partner: str, *, count: int, rate_per_second: float, people: int = 50, seed: int = 1) -> None:
        """Begin to send many events; see `drained`."""
        await self._tell("inlet/crowd", partner=partner, count=count, rate_per_second=rate_per_second, people=people, seed=seed)

    async def misbehave(self, platform: str, *, kind: str, times: int = 1, **details: float) -> None:
        """Let the next calls of a platform fail that send something; the kinds are in `faults.Fault`.

        `<platform>:pages` are the calls that read, `<platform>:stream` the messages of its streams.
        """
        await self._tell("faults", platform=platform, kind=kind, times=times, **details)

    async def behave(self) -> None:
        """Take all faults back."""
        async with self.session.delete(f"{self.url}/control/faults") as told:
            await told.read()

    async def drained(self, *, within_seconds: float) -> None:
        """Wait until every event is acknowledged or given up."""
        deadline = time.monotonic() + within_seconds
        while True:
            async with self.session.get(f"{self.url}/control/pending") as told:
                pending = await told.json()
            if not any(pending.values()):
                return
            if time.monotonic() > deadline:
                raise SimulationError(f"still under way after {within_seconds} seconds: {pending}")
            await asyncio.sleep(_POLL_SECONDS)

    def ledger(self) -> list[Entry]:
        """Everything so far."""
        return read_ledger(self.ledger_path)[self.earlier :]

    async def anew(self) -> "SimulatedPlatforms":
        """The same simulation without faults, whose ledger begins here."""
        await self.behave()
        return replace(self, earlier=len(read_ledger(self.ledger_path)))

    def acked_events(self, platform: str) -> list[Entry]:
        """The events that we have acknowledged, one entry each."""
        return [entry for entry in self.ledger() if entry["entry"] == "event" and entry["platform"] == platform and entry["acked"]]

    def accepted_replies(self, platform: str) -> list[Entry]:
        """The replies that reached the platform, one entry for every time it took one: two of the same are a double send."""
        replies = [entry for entry in self.ledger() if entry["entry"] == "reply" and entry["platform"] == platform]
        return [entry for entry in replies if entry["accepted"] and not entry.get("repeated")]

    async def _tell(self, path: str, **facts: Any) -> Any:  # noqa: ANN401 - JSON both ways
        async with self.session.post(f"{self.url}/control/{path}", json=facts) as told:
            if told.status >= 400:
                raise SimulationError(f"{path}: {told.status} {await told.text()}")
            return await told.json()


async def _port_of(process: asyncio.subprocess.Process) -> int:
    if process.stdout is None:
        raise SimulationError("the simulation has no output")
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
        return int(json.loads(line)["port"])
    except (TimeoutError, ValueError) as error:
        raise SimulationError("the simulation did not start") from error


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Close its standard input, wait, and kill it only if that was not enough."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
