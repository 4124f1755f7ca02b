"""Feeds of blogs, news, forums and saved searches, read again and again. Found by connectors.connectors(); sends nothing."""

import hashlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from services.contracts.vocabulary import Control
from services.engagement.connectors.feeds.declaration import DECLARATION
from services.engagement.connectors.feeds.documents import read_document
from services.engagement.connectors.feeds.entries import NotAFeedError
from services.engagement.connectors.feeds.events import ENTRY_KINDS, read_delivery
from services.engagement.connectors.feeds.fetching import feed_address, fetch
from services.engagement.connectors.feeds.listening import hear, hear_since
from services.engagement.connectors.feeds.pushes import answer_question, end_pushes, let_pushes_come
from services.engagement.connectors.feeds.stored import items_in
from services.engagement.families.websub import HUB_SIGNATURE, check_hub_signature, let_go, read_granted
from services.engagement.protocol import (
    Account,
    ChannelAccess,
    Declaration,
    Delivery,
    HandshakeAnswer,
    Heard,
    MalformedDeliveryError,
    Net,
    NotSentError,
    OutboundReply,
    Parsed,
    RawItem,
    RejectedError,
    Request,
    Secrets,
    Sent,
    UnsendableError,
    refuse_unsendable,
)

# Reading a feed takes the process that answers all webhooks; what a push of this size tells, the next poll finds.
_PUSH_LIMIT_BYTES = 262_144


class FeedsConnector:
    """Keeps protocol.Connector, Listens, Backfills, Checks, Subscribes and LetsGo."""

    @property
    def declaration(self) -> Declaration:
        """See declaration.py."""
        return DECLARATION

    def handshake(self, request: Request, *, secrets: Secrets, now: datetime) -> HandshakeAnswer | None:  # noqa: ARG002 - the protocol's
        """A hub asks whether we meant it."""
        return answer_question(request, secrets=secrets)

    def verify(self, request: Request, *, secrets: Secrets, now: datetime) -> None:  # noqa: ARG002 - there is no time in it
        """See families.websub."""
        check_hub_signature(request, secrets=secrets)

    def split(self, request: Request, *, secrets: Secrets) -> list[RawItem]:
        """What a hub pushed, or a whole feed as a file holds it, entry by entry. What is none stays whole."""
        if not request.body.strip():
            raise MalformedDeliveryError("there is nothing in it")
        if len(request.body) > _PUSH_LIMIT_BYTES and request.header(HUB_SIGNATURE):
            raise MalformedDeliveryError(f"a push is at most {_PUSH_LIMIT_BYTES} bytes: this feed is polled")
        url = secrets.config.get("url", "").strip()
        try:
            document = read_document(request.body, url=url, content_type=request.header("content-type") or "")
        except NotAFeedError:
            return [RawItem(key=hashlib.sha256(request.body).hexdigest(), body=request.body)]
        items = items_in(document, list(range(len(document.entries))), url=url)
        return list({item.key: item for item in items}.values())

    def parse(self, delivery: Delivery) -> Parsed:
        """See events.py."""
        return read_granted(delivery.body) or read_delivery(delivery)

    async def send(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:  # noqa: ARG002 - the protocol's
        """Nothing can be sent to a feed."""
        refuse_unsendable(reply, declaration=DECLARATION)
        raise UnsendableError("a feed takes nothing from us: answer at the entry's own page")

    def listen(self, *, channel: ChannelAccess, cursor: str | None, net: Net) -> AsyncIterator[Heard]:
        """What the feed holds, then what comes."""
        return hear(channel, cursor=cursor, net=net)

    def backfill(self, *, channel: ChannelAccess, since: datetime, net: Net) -> AsyncIterator[Heard]:
        """What the feed holds since a time."""
        return hear_since(channel, since=since, net=net)

    async def subscribe(self, *, channel: ChannelAccess, webhook_url: str, secret: str, net: Net) -> timedelta | None:
        """Let the feed's hub push, where it has one; for a feed without one, when to look again."""
        return await let_pushes_come(channel, webhook_url=webhook_url, secret=secret, net=net)

    async def unsubscribe(self, *, channel: ChannelAccess, net: Net) -> None:
        """No more pushes; the hub asks whether we mean it, and `let_go` says so."""
        await end_pushes(channel, net=net)

    def let_go(self, request: Request) -> HandshakeAnswer | None:
        """See families.websub."""
        return let_go(request)

    async def check(self, *, channel: ChannelAccess, net: Net) -> Account:
        """Read the feed once. Raises `RejectedError` for settings that mean nothing, and where there is no feed."""
        _refuse_odd(channel)
        fetched = await fetch(channel, url=feed_address(channel), net=net)
        if fetched.document is None:
            raise NotSentError("the site answered as if it had been asked before")
        feed = fetched.document.feed
        return Account(account=feed.link or feed.id or fetched.url, name=feed.title)


def _refuse_odd(channel: ChannelAccess) -> None:
    for name, known in (("control", [each.value for each in Control]), ("entries", list(ENTRY_KINDS))):
        if channel.config.get(name, "") not in ("", *known):
            raise RejectedError(f"`{name}` is one of {', '.join(known)}")
    minutes = channel.config.get("every_minutes", "").strip()
    if minutes and not (minutes.isascii() and minutes.isdigit()):
        raise RejectedError("`every_minutes` is a number")
