"""The process's HTTP face: the platforms' own routes, and /control for whoever plays them. Started by __main__."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from rapport.simulation.accounts import Account
from rapport.simulation.answers import answer, parameters_of
from rapport.simulation.crowd import Line, lines
from rapport.simulation.deliveries import Deliveries, Webhook
from rapport.simulation.faults import Faults, UnknownFaultError
from rapport.simulation.inlet import Inlet
from rapport.simulation.ledger import Ledger
from rapport.simulation.platforms import PLATFORMS
from rapport.simulation.stage import Stage, routes_of
from rapport.simulation.telegram import Telegram


@dataclass
class Simulation:
    """The platforms and what they share."""

    telegram: Telegram
    inlet: Inlet
    stage: Stage
    faults: Faults
    deliveries: Deliveries
    crowds: set[asyncio.Task[None]] = field(default_factory=set)

    def begin_crowd(self, webhooks: Iterator[Webhook | None], *, rate_per_second: float) -> None:
        """Send many webhooks at a steady rate, waiting for none before the next is sent; None stands on pages only."""
        task = asyncio.create_task(self._send_crowd(webhooks, rate_per_second=rate_per_second))
        self.crowds.add(task)
        task.add_done_callback(self.crowds.discard)

    async def _send_crowd(self, webhooks: Iterator[Webhook | None], *, rate_per_second: float) -> None:
        began = asyncio.get_running_loop().time()
        for number, webhook in enumerate(webhooks):
            due = began + number / rate_per_second
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            if webhook is not None:
                self.deliveries.begin(webhook)


BODY_LIMIT_BYTES = 60_000_000
SIMULATION = web.AppKey("simulation", Simulation)


def create_app(ledger_path: Path) -> web.Application:
    """The application; its ledger is opened at start-up and closed at the end."""
    app = web.Application(client_max_size=BODY_LIMIT_BYTES)

    async def run(app: web.Application) -> AsyncIterator[None]:
        ledger, faults = Ledger(ledger_path), Faults()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100)) as session:
            deliveries = Deliveries(ledger=ledger, session=session)
            telegram = Telegram(ledger=ledger, faults=faults, deliveries=deliveries)
            inlet = Inlet(ledger=ledger, faults=faults, deliveries=deliveries)
            stage = Stage(ledger=ledger, faults=faults, deliveries=deliveries)
            app[SIMULATION] = Simulation(telegram=telegram, inlet=inlet, stage=stage, faults=faults, deliveries=deliveries)
            yield
            crowds = app[SIMULATION].crowds
            for task in crowds:
                task.cancel()
            await asyncio.gather(*crowds, return_exceptions=True)
            await stage.close()
            await deliveries.close()
        ledger.close()

    app.cleanup_ctx.append(run)
    app.add_routes(_routes())
    return app


def _routes() -> list[web.RouteDef]:
    return [
        web.route("*", r"/bot{token:[^/]+}/{method}", _call_telegram),
        web.post("/inlet/{partner}/replies", _take_reply),
        web.get("/inlet/{partner}/replies/{reply}", _look_up),
        web.get("/inlet/{partner}/events", _show_events),
        *routes_of(PLATFORMS.values(), stage=lambda request: request.app[SIMULATION].stage),
        web.get("/control/pending", _pending),
        web.post("/control/accounts", _add_account),
        web.get("/control/accounts/{platform}/polls", _count_polls),
        web.post("/control/lines", _say),
        web.post("/control/crowd", _send_crowd),
        web.post("/control/telegram/bots", _add_bot),
        web.post("/control/telegram/updates", _send_updates),
        web.post("/control/telegram/crowd", _send_telegram_crowd),
        web.post("/control/telegram/block", _block),
        web.post("/control/inlet/partners", _add_partner),
        web.post("/control/inlet/events", _send_events),
        web.post("/control/inlet/crowd", _send_inlet_crowd),
        web.post("/control/faults", _add_fault),
        web.delete("/control/faults", _clear_faults),
    ]


async def _call_telegram(request: web.Request) -> web.StreamResponse:
    return await request.app[SIMULATION].telegram.call(request)


async def _take_reply(request: web.Request) -> web.StreamResponse:
    return await request.app[SIMULATION].inlet.take_reply(request)


async def _look_up(request: web.Request) -> web.Response:
    return await request.app[SIMULATION].inlet.look_up(request)


async def _show_events(request: web.Request) -> web.Response:
    return request.app[SIMULATION].inlet.show_events(request)


async def _pending(request: web.Request) -> web.Response:
    """How many deliveries are not acknowledged yet, and how many crowds are still being sent."""
    simulation = request.app[SIMULATION]
    return answer(200, {"deliveries": len(simulation.deliveries.tasks), "crowds": len(simulation.crowds)})


async def _add_account(request: web.Request) -> web.Response:
    """An account on a platform of the table: `platform`, `id`, `token`, and `webhook_url` and `secret` where it delivers."""
    told = await _told(request)
    platform = told.pop("platform")
    if platform not in PLATFORMS:
        return answer(400, {"error": f"no platform is called {platform}; there are {', '.join(sorted(PLATFORMS))}"})
    request.app[SIMULATION].stage.add(platform, Account(**told))
    return answer(200, {})


async def _count_polls(request: web.Request) -> web.Response:
    """How often each account's pages were asked for."""
    platform = request.match_info["platform"]
    stage = request.app[SIMULATION].stage
    return answer(200, {account.id: account.polls for (name, _), account in stage.accounts.items() if name == platform})


async def _say(request: web.Request) -> web.Response:
    """Let a person (a number) say `text` to an account; answers once the webhook is settled, at once where there is none."""
    simulation, told = request.app[SIMULATION], await _told(request)
    platform = PLATFORMS[told["platform"]]
    account = simulation.stage.account(platform.name, told["account"])
    line = Line(number=told["number"], person_id=told["person"], first_name="Ines", last_name="Ferrer", text=told["text"])
    webhook = simulation.stage.hear(platform, account, line=line)
    return await _settled(simulation, [webhook] if webhook else [], dropped=False)


async def _send_crowd(request: web.Request) -> web.Response:
    simulation, told = request.app[SIMULATION], await _told(request)
    platform = PLATFORMS[told["platform"]]
    account = simulation.stage.account(platform.name, told["account"])
    crowd = lines(told["count"], people=told["people"], seed=told["seed"])
    simulation.begin_crowd(simulation.stage.crowd(platform, account, crowd=crowd), rate_per_second=told["rate_per_second"])
    return answer(202, {})


async def _add_bot(request: web.Request) -> web.Response:
    bot = request.app[SIMULATION].telegram.add_bot(**await _told(request))
    return answer(200, {"id": bot.id})


async def _block(request: web.Request) -> web.Response:
    told = await _told(request)
    request.app[SIMULATION].telegram.bots[told["token"]].blocked.add(str(told["chat"]))
    return answer(200, {})


async def _send_updates(request: web.Request) -> web.Response:
    """Updates word by word (`updates`), or a person's message (`person`, `text`, `chat` ...); answers once they are settled.

    With `dropped` they are numbered and never sent.
    """
    simulation, told = request.app[SIMULATION], await _told(request)
    bot, attempts = simulation.telegram.bots[told.pop("token")], told.pop("attempts", 300)
    dropped = told.pop("dropped", False)
    updates = told["updates"] if "updates" in told else [simulation.telegram.message(bot, **told)]
    webhooks = [simulation.telegram.deliver(bot, update=update, attempts=attempts) for update in updates]
    return await _settled(simulation, webhooks, dropped=dropped)


async def _send_telegram_crowd(request: web.Request) -> web.Response:
    simulation, told = request.app[SIMULATION], await _told(request)
    bot = simulation.telegram.bots[told["token"]]
    crowd = lines(told["count"], people=told["people"], seed=told["seed"])
    webhooks = (
        simulation.telegram.deliver(bot, update=simulation.telegram.message(bot, person=line.telegram_user, text=line.text))
        for line in crowd
    )
    simulation.begin_crowd(webhooks, rate_per_second=told["rate_per_second"])
    return answer(202, {})


async def _add_partner(request: web.Request) -> web.Response:
    partner = request.app[SIMULATION].inlet.add_partner(**await _told(request))
    return answer(200, {"reply_path": f"/inlet/{partner.name}/replies"})


async def _send_events(request: web.Request) -> web.Response:
    """Events of a partner, in one webhook; answers once it is settled. With `dropped` they happen and are never sent."""
    simulation, told = request.app[SIMULATION], await _told(request)
    partner = simulation.inlet.partners[told["partner"]]
    webhooks = [simulation.inlet.deliver(partner, events=told["events"], attempts=told.get("attempts", 300))]
    return await _settled(simulation, webhooks, dropped=told.get("dropped", False))


async def _send_inlet_crowd(request: web.Request) -> web.Response:
    simulation, told = request.app[SIMULATION], await _told(request)
    partner = simulation.inlet.partners[told["partner"]]
    crowd = lines(told["count"], people=told["people"], seed=told["seed"])
    webhooks = (simulation.inlet.deliver(partner, events=[line.inlet_event(prefix=f"{partner.name}-{told['seed']}")]) for line in crowd)
    simulation.begin_crowd(webhooks, rate_per_second=told["rate_per_second"])
    return answer(202, {})


async def _add_fault(request: web.Request) -> web.Response:
    told = await _told(request)
    try:
        request.app[SIMULATION].faults.add(told.pop("platform"), **told)
    except (UnknownFaultError, TypeError) as error:
        return answer(400, {"error": str(error)})
    return answer(200, {})


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[SIMULATION].faults.clear()
    return answer(200, {})


async def _told(request: web.Request) -> dict[str, Any]:
    return await parameters_of(request)


async def _settled(simulation: Simulation, webhooks: list[Webhook], *, dropped: bool) -> web.Response:
    if dropped:
        for webhook in webhooks:
            simulation.deliveries.drop(webhook)
    acked = [False] * len(webhooks) if dropped else await asyncio.gather(*(simulation.deliveries.begin(webhook) for webhook in webhooks))
    facts = [{**webhook.facts, "acked": was_acked} for webhook, was_acked in zip(webhooks, acked, strict=True)]
    return web.Response(body=orjson.dumps(facts), content_type="application/json")
