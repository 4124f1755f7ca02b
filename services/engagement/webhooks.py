"""The webhook route: verify, store raw, answer. Plain ASGI; called by platforms. Never parses beyond what finds the key.

200 means committed. A database that is away is 503, so that the platform comes again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import parse_qs

import structlog

from services.contracts.ids import ChannelId
from services.engagement.addresses import App, app_at
from services.engagement.errors import (
    ChannelNotFoundError,
    WebhookForbiddenError,
    WebhookMalformedError,
    WebhookRefusedError,
)
from services.engagement.intake import Intake, journal_items
from services.engagement.protocol import HandshakeAnswer, LetsGo, MalformedDeliveryError, RawItem, Request, SignatureRefusedError
from services.engagement.proving import PublicKeys
from services.engagement.registry import ChannelRegistry, ConnectedChannel
from services.kit.clock import Clock
from services.kit.errors import RawHeaders
from services.kit.http import BareRequest
from services.kit.port import Answer
from services.kit.telemetry import Metrics

FORBIDDEN = 403
QUERY_FIELDS = 100
_ACCEPTED = b"{}"
log = structlog.get_logger()


class WebhookRoute:
    """Serves `/webhooks/{token}` and `/webhooks/apps/{platform}/{app}`. `wake` is told which channel has something to read."""

    def __init__(  # noqa: PLR0913 - collaborators, by name
        self,
        registry: ChannelRegistry,
        intake: Intake,
        *,
        keys: PublicKeys,
        wake: Callable[[ChannelId], None],
        clock: Clock,
        public_url: str,
        body_limit_bytes: int,
        metrics: Metrics,
    ) -> None:
        self._registry = registry
        self._intake = intake
        self._keys = keys
        self._wake = wake
        self._clock = clock
        self._public_url = public_url.rstrip("/")
        self._body_limit_bytes = body_limit_bytes
        self._deliveries = metrics.tally("webhook_deliveries", "Deliveries by platform and outcome", labels=("platform", "outcome"))
        self._strangers = metrics.counter(
            "webhook_items_for_no_channel", "Events that no channel receives, by platform", labels=("platform",)
        )

    async def __call__(self, bare: BareRequest) -> bytes | Answer:
        """Answer one delivery or handshake."""
        body = await bare.body(cap_bytes=self._body_limit_bytes)
        app = app_at(bare.tail)
        if app is not None:
            return await self._at_app(app, self._request(bare, body))
        channel = await self._registry.find_by_token(bare.tail)
        if channel is None:
            return await self._at_rest(bare, body)
        request = self._request(bare, body)
        try:
            items = self._look(channel, request) if channel.fetches_keys is None else await self._proven(channel, request)
        except SignatureRefusedError as refusal:
            self._deliveries.count(channel.platform, "refused")
            return _refuse(refusal)
        except MalformedDeliveryError as error:
            self._deliveries.count(channel.platform, "malformed")
            raise WebhookMalformedError(str(error)) from error
        if isinstance(items, HandshakeAnswer):
            if items.keep is not None:
                await self._store(channel, [items.keep], request=request)
            return _answer(items)
        if items:
            await self._store(channel, items, request=request)
        self._deliveries.count(channel.platform, "accepted")
        return _accepted(channel, request)

    async def _at_app(self, app: App, request: Request) -> bytes | Answer:
        """At the one address of an app: whichever of its channels proves what came, each item goes to the channel of its account."""
        channels = await self._registry.find_by_app(app)
        if not channels:
            raise ChannelNotFoundError
        refused = SignatureRefusedError("no channel of this app proves it")
        # One look for each secret: an app has one, however many channels.
        for channel in {(each.secrets.candidates(), request.method == "GET" and each.id): each for each in reversed(channels)}.values():
            try:
                found = self._look(channel, request)
            except SignatureRefusedError as refusal:
                refused = refusal
                continue
            except MalformedDeliveryError as error:
                self._deliveries.count(channel.platform, "malformed")
                raise WebhookMalformedError(str(error)) from error
            if isinstance(found, HandshakeAnswer):
                return _answer(found)
            await self._store(channel, [item for item in found if item.account], request=request, shared=True)
            self._deliveries.count(channel.platform, "accepted")
            return _accepted(channel, request)
        self._deliveries.count(channels[0].platform, "refused")
        return _refuse(refused)

    async def _at_rest(self, bare: BareRequest, body: bytes) -> bytes | Answer:
        """At the address of a channel that is paused or disconnected: what is for others goes to them, the rest finds nobody.

        A platform tells an app's deliveries to one address, whichever of its channels named it last; its end must not be theirs.
        """
        resting = self._registry.find_resting(bare.tail)
        if resting is None:
            raise ChannelNotFoundError
        request = self._request(bare, body)
        if await self._stored_for_others(resting, request):
            self._deliveries.count(resting.platform, "accepted")
            return _ACCEPTED
        if resting.ended and isinstance(resting.connector, LetsGo):
            answer = resting.connector.let_go(request)
            if answer is not None:
                return _answer(answer)
        raise ChannelNotFoundError

    async def _stored_for_others(self, resting: ConnectedChannel, request: Request) -> bool:
        if request.method != "POST" or resting.connector.declaration.signing.made_by != "platform":
            return False
        try:
            items = resting.connector.split(request, secrets=resting.secrets)
        except (MalformedDeliveryError, SignatureRefusedError):
            return False
        return await self._store(resting, [item for item in items if item.account], request=request)

    async def _proven(self, channel: ConnectedChannel, request: Request) -> HandshakeAnswer | list[RawItem]:
        """The answer to a handshake, or what was delivered. Proven by public keys, it is looked at once more with fresh ones."""
        try:
            return self._look(channel, request)
        except SignatureRefusedError as refusal:
            if not refusal.refetch_keys or not await self._keys.renewed(channel):
                raise
        return self._look(channel, request)

    def _look(self, channel: ConnectedChannel, request: Request) -> HandshakeAnswer | list[RawItem]:
        now, secrets = self._clock.now(), self._keys.secrets_of(channel)
        answer = channel.connector.handshake(request, secrets=secrets, now=now)
        if answer is not None:
            return answer
        channel.connector.verify(request, secrets=secrets, now=now)
        return channel.connector.split(request, secrets=secrets)

    async def _store(self, channel: ConnectedChannel, items: Sequence[RawItem], *, request: Request, shared: bool = False) -> bool:
        """Whether there was somebody to store it for; at a `shared` address nothing is the channel's that does not name its account."""
        content_type = request.header("content-type") or ""
        proves = lambda other: self._proves(other, request)  # noqa: E731 - two words for one question
        rows = journal_items(self._registry, channel, items, headers=content_type, proves=proves, shared=shared)
        if len(rows) < len(items):
            self._strangers.labels(channel.platform).inc(len(items) - len(rows))
        if not rows:
            return False
        await self._intake.admit(rows)
        for channel_id in {row.channel_id for row in rows}:
            self._wake(channel_id)
        return True

    def _proves(self, channel: ConnectedChannel, request: Request) -> bool:
        """Whether the delivery, taken at another address, is proven by this channel's own secrets."""
        try:
            channel.connector.verify(request, secrets=self._keys.secrets_of(channel), now=self._clock.now())
        except SignatureRefusedError:
            return False
        return True

    def _request(self, bare: BareRequest, body: bytes) -> Request:
        scope = bare.scope
        path: str = scope["path"]
        raw_query = scope["query_string"].decode("latin-1")
        url = f"{self._public_url}{path}?{raw_query}" if raw_query else self._public_url + path
        return Request(method=scope["method"], path=path, url=url, headers=_Headers(scope["headers"]), query=_query(raw_query), body=body)


class _Headers(Mapping[str, Sequence[str]]):
    """The headers of a request as they came, decoded where they are asked for: a connector reads one or two of a dozen."""

    __slots__ = ("_raw",)

    def __init__(self, raw: RawHeaders) -> None:
        self._raw = raw

    def __getitem__(self, name: str) -> Sequence[str]:
        found = self.get(name)
        if not found:
            raise KeyError(name)
        return found

    def get(self, name: str, default: Sequence[str] = ()) -> Sequence[str]:  # type: ignore[override] # no header is no sequence's end
        """All values of a header, in order."""
        wanted = name.encode("latin-1", "replace")
        return [value.decode("latin-1") for key, value in self._raw if key == wanted] or default

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(key.decode("latin-1") for key, _ in self._raw))

    def __len__(self) -> int:
        return len({key for key, _ in self._raw})


def _query(raw: str) -> dict[str, list[str]]:
    if not raw:
        return {}
    try:
        return parse_qs(raw, keep_blank_values=True, max_num_fields=QUERY_FIELDS)
    except ValueError as error:
        raise WebhookMalformedError("The query cannot be read.") from error


def _accepted(channel: ConnectedChannel, request: Request) -> bytes | Answer:
    said = None if channel.acknowledges is None else channel.acknowledges.acknowledge(request)
    return _ACCEPTED if said is None else _answer(said)


def _answer(answer: HandshakeAnswer) -> Answer:
    # The body may be what the asker wrote: no browser is to guess that it is a page.
    return Answer(answer.status, {"content-type": answer.content_type, "x-content-type-options": "nosniff"}, answer.body)


def _refuse(refusal: SignatureRefusedError) -> bytes:
    """Platforms probe with bad signatures and want a certain status; 2xx means: say nothing, keep nothing."""
    if refusal.status < 300:
        return _ACCEPTED
    if refusal.status == FORBIDDEN:
        raise WebhookForbiddenError(str(refusal)) from refusal
    raise WebhookRefusedError(str(refusal)) from refusal
