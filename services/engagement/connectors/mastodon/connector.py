"""Mastodon's API as a connector: hears notifications and own posts as they come, sends statuses. Found by connectors.connectors().

Vendor's pages: https://docs.joinmastodon.org/methods/notifications/, /methods/statuses/.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

import msgspec

from services.contracts.interaction import Author
from services.engagement.connectors.mastodon import subscribing
from services.engagement.connectors.mastodon.calls import call
from services.engagement.connectors.mastodon.connecting import account_behind, begin_sign_in, end_sign_in
from services.engagement.connectors.mastodon.declaration import DECLARATION
from services.engagement.connectors.mastodon.listening import find_reply, hear, hear_since
from services.engagement.connectors.mastodon.pushes import encoding_of, new_secret, opened_push
from services.engagement.connectors.mastodon.reading import read_delivery
from services.engagement.connectors.mastodon.sending import change_status, post_status, status_path
from services.engagement.connectors.mastodon.streams import items_of
from services.engagement.connectors.mastodon.uploading import Uploads
from services.engagement.connectors.mastodon.vapid import check_sender
from services.engagement.protocol import (
    Account,
    Authorization,
    ChannelAccess,
    Declaration,
    Delivery,
    Found,
    Granted,
    HandshakeAnswer,
    Heard,
    MalformedDeliveryError,
    Net,
    NotJsonError,
    OutboundReply,
    Parsed,
    RawItem,
    Request,
    Secrets,
    Sent,
    SignatureRefusedError,
    refuse_unsendable,
)


class MastodonConnector:
    """Keeps Connector, Listens, Backfills, LooksUp, Checks, Authorizes, Subscribes, MakesSecrets, Edits, Deletes and Likes."""

    def __init__(self) -> None:
        self._uploads = Uploads()

    @property
    def declaration(self) -> Declaration:
        """See declaration.py."""
        return DECLARATION

    def handshake(self, request: Request, *, secrets: Secrets, now: datetime) -> HandshakeAnswer | None:  # noqa: ARG002 - the protocol's
        """There is none."""
        return None

    def verify(self, request: Request, *, secrets: Secrets, now: datetime) -> None:
        """A web push is proven by opening with the channel's secret, and by the server's key; nothing else is delivered."""
        if encoding_of(request) is None or opened_push(request, secrets=secrets.candidates()) is None:
            raise SignatureRefusedError("no push that the channel's secret opens")
        check_sender(request, secrets=secrets, now=now)

    def split(self, request: Request, *, secrets: Secrets) -> list[RawItem]:
        """The entities of an answer, a page, a stream as it was heard, or a push."""
        body, encoding = request.body, encoding_of(request)
        if encoding is not None:
            body = opened_push(request, secrets=secrets.candidates()) or msgspec.json.encode({"content_encoding": encoding})
        try:
            return items_of(body)
        except NotJsonError as error:
            raise MalformedDeliveryError(str(error)) from error

    async def subscribe(self, *, channel: ChannelAccess, webhook_url: str, secret: str, net: Net) -> timedelta | None:
        """Ask for pushes, sealed for this secret."""
        return await subscribing.subscribe(channel, webhook_url=webhook_url, secret=secret, net=net)

    async def unsubscribe(self, *, channel: ChannelAccess, net: Net) -> None:
        """Ask for none."""
        await subscribing.unsubscribe(channel, net=net)

    def make_secret(self) -> str:
        """What opens pushes."""
        return new_secret()

    def parse(self, delivery: Delivery) -> Parsed:
        """See reading.py."""
        return read_delivery(delivery)

    async def send(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
        """POST a status, once: its id is the Idempotency-Key."""
        refuse_unsendable(reply, declaration=DECLARATION, config=channel.config)
        return await post_status(reply, uploads=self._uploads, channel=channel, net=net)

    def listen(self, *, channel: ChannelAccess, cursor: str | None, net: Net) -> AsyncIterator[Heard]:
        """Notifications and own posts, by streaming and polling."""
        return hear(channel, cursor=cursor, net=net)

    def backfill(self, *, channel: ChannelAccess, since: datetime, net: Net) -> AsyncIterator[Heard]:
        """The same since a time."""
        return hear_since(channel, since=since, net=net)

    async def lookup(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Found:
        """Look among our own posts."""
        return await find_reply(reply, channel=channel, net=net)

    async def check(self, *, channel: ChannelAccess, net: Net) -> Account:
        """Whose token it is, and what its server allows."""
        return await account_behind(channel, net=net)

    async def begin(self, *, app: Mapping[str, str], state: str, redirect_url: str, net: Net) -> Authorization:
        """Register at the server that the owner named, and send them there."""
        return await begin_sign_in(instance=app.get("instance", ""), state=state, redirect_url=redirect_url, net=net)

    async def exchange(
        self,
        *,
        app: Mapping[str, str],  # noqa: ARG002 - the registration of this sign-in is in `keep`
        keep: Mapping[str, str],
        query: Mapping[str, str],
        redirect_url: str,
        net: Net,
    ) -> Granted:
        """A token that does not end, and the account."""
        return await end_sign_in(keep=keep, query=query, redirect_url=redirect_url, net=net)

    async def edit(self, external_id: str, *, text: str, channel: ChannelAccess, net: Net) -> None:
        """Replace its words; names, warning and files stay."""
        await change_status(external_id, text=text, channel=channel, net=net)

    async def delete(self, external_id: str, *, channel: ChannelAccess, net: Net) -> None:
        """Delete a post of ours."""
        await call("DELETE", status_path(external_id), channel=channel, net=net)

    async def like(self, external_id: str, *, author: Author | None, liked: bool, channel: ChannelAccess, net: Net) -> None:  # noqa: ARG002 - the id is enough here
        """Favourite it, or take that back."""
        await call("POST", f"{status_path(external_id)}/{'favourite' if liked else 'unfavourite'}", channel=channel, net=net)
