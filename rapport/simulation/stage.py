"""Plays the platforms of the table: whose token it is, faults, the ledger, echoes, crowds. Called by app; knows no platform by name."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass, field

import orjson
from aiohttp import web

from rapport.simulation.accounts import Account, Said
from rapport.simulation.answers import answer, misbehave, parameters_of
from rapport.simulation.calls import Asked, Call, Platform, Refusal, RefusedError, Taken
from rapport.simulation.crowd import Line
from rapport.simulation.deliveries import Deliveries, Webhook
from rapport.simulation.faults import Fault, Faults
from rapport.simulation.ledger import Ledger

PAGES = ":pages"
STREAM = ":stream"


@dataclass
class Stage:
    """All accounts, by platform and token."""

    ledger: Ledger
    faults: Faults
    deliveries: Deliveries
    accounts: dict[tuple[str, str], Account] = field(default_factory=dict)
    streams: list["_Open"] = field(default_factory=list)
    telling: set[asyncio.Task[None]] = field(default_factory=set)

    def add(self, platform: str, account: Account) -> None:
        """An account of ours."""
        self.accounts[platform, account.token] = account

    def account(self, platform: str, id_: str) -> Account:
        """The account of this id. Raises KeyError."""
        return next(each for (name, _), each in self.accounts.items() if name == platform and each.id == id_)

    def hear(self, platform: Platform, account: Account, *, line: Line) -> Webhook | None:
        """Let a person say it: a webhook that is to be delivered; None where it only stands on pages, which the ledger then knows."""
        said = platform.hear(account, line)
        self._tell(platform, account, said=said)
        if platform.event is not None:
            return self._webhook(platform, account, body=platform.event(account, said), facts=_facts(account, said))
        self.ledger.write(
            "event", platform=platform.name, attempt=1, status=200, acked=True, seconds=0.0, listed=True, **_facts(account, said)
        )
        return None

    def crowd(self, platform: Platform, account: Account, *, crowd: Iterator[Line]) -> Iterator[Webhook | None]:
        """The same for each line, as it is asked for."""
        return (self.hear(platform, account, line=line) for line in crowd)

    def answering(self, platform: Platform, call: Call) -> Callable[[web.Request], Coroutine[None, None, web.StreamResponse]]:
        """What answers a call, for the route."""

        async def answers(request: web.Request) -> web.StreamResponse:
            asked = await _asked(request)
            account = self.accounts.get((platform.name, platform.token(asked)))
            if account is None:
                return _refused(platform.refusals["unauthorized"](0))
            account.polls += call.polled
            fault = self.faults.next_for(platform.name if call.sends else platform.name + PAGES)
            return await self._answer(_Turn(platform, call, account, asked, request, fault))

        return answers

    def streaming(self, platform: Platform) -> Callable[[web.Request], Coroutine[None, None, web.StreamResponse]]:
        """What keeps a stream open, for the route."""

        async def opens(request: web.Request) -> web.StreamResponse:
            account = self.accounts.get((platform.name, platform.token(await _asked(request))))
            if account is None:
                return _refused(platform.refusals["unauthorized"](0))
            # Mastodon takes its token as a protocol, and agrees to it.
            offered = request.headers.get("Sec-WebSocket-Protocol", "")
            socket = web.WebSocketResponse(protocols=[each.strip() for each in offered.split(",") if each.strip()])
            await socket.prepare(request)
            opened = _Open(account, request, socket)
            self.streams.append(opened)
            try:
                async for _ in socket:
                    continue
            finally:
                self.streams.remove(opened)
            return socket

        return opens

    async def close(self) -> None:
        """End all streams."""
        for each in list(self.streams):
            await each.socket.close()
        await asyncio.gather(*self.telling, return_exceptions=True)

    def _tell(self, platform: Platform, account: Account, *, said: Said) -> None:
        """Stream it to whoever listens; a fault breaks the stream before or after."""
        for opened in [each for each in self.streams if each.account is account and platform.stream is not None]:
            fault = self.faults.next_for(platform.name + STREAM)
            task = asyncio.create_task(opened.tell(platform, said=said, fault=fault))
            self.telling.add(task)
            task.add_done_callback(self.telling.discard)

    async def _answer(self, turn: "_Turn") -> web.StreamResponse:
        fault = turn.fault
        if fault is not None and not fault.takes_the_call:
            if turn.call.sends:
                self._record(turn, accepted=False)
            if fault.kind in turn.platform.refusals:
                return _refused(turn.platform.refusals[fault.kind](fault.retry_after))
        if fault is None:
            return self._carry_out(turn)
        broken = _refused(turn.platform.refusals["server_error"](fault.retry_after))
        return await misbehave(fault, request=turn.request, sound=lambda: self._carry_out(turn), broken=broken)

    def _carry_out(self, turn: "_Turn") -> web.Response:
        try:
            said = turn.call.answers(turn.account, turn.asked)
        except RefusedError as refused:
            if turn.call.sends:
                self._record(turn, accepted=False)
            return answer(refused.status, refused.answer)
        if isinstance(said, Taken):
            self._record(turn, accepted=True, taken=said)
            return answer(200, said.answer)
        return said if isinstance(said, web.Response) else answer(200, said)

    def _record(self, turn: "_Turn", *, accepted: bool, taken: Taken | None = None) -> None:
        """One call that was to send; what it did comes back as the platform tells it."""
        said = taken.said if taken else None
        self.ledger.write(
            "reply",
            platform=turn.platform.name,
            channel=turn.account.id,
            text=said.text if said else None,
            answers=said.above if said else None,
            reply_id=said.reference if said else None,
            external_id=said.id if said else None,
            accepted=accepted,
            repeated=taken.repeated if taken else False,
            fault=turn.fault.kind if turn.fault else None,
        )
        if taken is None or taken.repeated:
            return
        self._tell(turn.platform, turn.account, said=taken.said)
        for number, body in enumerate(turn.platform.echo(turn.account, taken.said)):
            facts = {**_facts(turn.account, taken.said), "key": f"{taken.said.id}:echo:{number}", "external_id": None, "echo": True}
            self.deliveries.begin(self._webhook(turn.platform, turn.account, body=body, facts=facts))

    @staticmethod
    def _webhook(platform: Platform, account: Account, *, body: object, facts: dict[str, object]) -> Webhook:
        raw = orjson.dumps(body)
        return Webhook(
            platform=platform.name,
            url=account.webhook_url,
            body=raw,
            headers=lambda: {"content-type": "application/json", **platform.headers(account, raw)},
            facts=facts,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Open:
    """A stream that somebody listens to."""

    account: Account
    request: web.Request
    socket: web.WebSocketResponse

    async def tell(self, platform: Platform, *, said: Said, fault: Fault | None) -> None:
        """One message, unless the stream is over."""
        if platform.stream is not None and (fault is None or fault.takes_the_call):
            with contextlib.suppress(ConnectionError):
                await self.socket.send_str(platform.stream.message(self.account, said))
        if fault is not None and self.request.transport is not None:
            self.request.transport.abort()


@dataclass(frozen=True, slots=True)
class _Turn:
    """One call, whose it is, and what goes wrong."""

    platform: Platform
    call: Call
    account: Account
    asked: Asked
    request: web.Request
    fault: Fault | None


def _facts(account: Account, said: Said) -> dict[str, object]:
    return {"channel": account.id, "key": said.id, "external_id": said.id, "text": said.text}


def _refused(refusal: Refusal) -> web.Response:
    made = answer(refusal.status, refusal.answer)
    made.headers.update(refusal.headers)
    return made


async def _asked(request: web.Request) -> Asked:
    return Asked(
        path=dict(request.match_info),
        query=dict(request.query),
        several={name: request.query.getall(name) for name in request.query},
        body=await parameters_of(request) if request.can_read_body else {},
        headers={name.lower(): value for name, value in request.headers.items()},
        base=str(request.url.origin()),
    )


def routes_of(platforms: Iterable[Platform], *, stage: Callable[[web.Request], Stage]) -> Iterator[web.RouteDef]:
    """The routes of all calls; `stage` finds who plays them."""

    def answering(platform: Platform, call: Call) -> Callable[[web.Request], Coroutine[None, None, web.StreamResponse]]:
        async def answers(request: web.Request) -> web.StreamResponse:
            return await stage(request).answering(platform, call)(request)

        return answers

    def streaming(platform: Platform) -> Callable[[web.Request], Coroutine[None, None, web.StreamResponse]]:
        async def opens(request: web.Request) -> web.StreamResponse:
            return await stage(request).streaming(platform)(request)

        return opens

    for platform in platforms:
        for call in platform.calls:
            yield web.route(call.method, call.path, answering(platform, call))
        if platform.stream is not None:
            yield web.get(platform.stream.path, streaming(platform))
