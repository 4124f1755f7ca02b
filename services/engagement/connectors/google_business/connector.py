"""Google Business Profile as a connector: polls reviews, takes the notices of Pub/Sub, sends replies. Found by connectors.connectors()."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime

from services.engagement.connectors.google_business.declaration import DECLARATION
from services.engagement.connectors.google_business.items import split_body
from services.engagement.connectors.google_business.listening import hear, hear_since
from services.engagement.connectors.google_business.proof import check_token, google_keys
from services.engagement.connectors.google_business.resources import read_body
from services.engagement.connectors.google_business.sending import (
    ask_for_notices,
    change_reply,
    delete_reply,
    find_reply,
    our_place,
    places_of,
    put_reply,
)
from services.engagement.connectors.google_business.setting import Setting
from services.engagement.families.google import Api, begin_sign_in, end_sign_in, renew
from services.engagement.protocol import (
    Account,
    Authorization,
    ChannelAccess,
    Declaration,
    Delivery,
    FetchedKeys,
    Found,
    Granted,
    HandshakeAnswer,
    Heard,
    Net,
    OutboundReply,
    Parsed,
    RawItem,
    Request,
    Secrets,
    Sent,
    refuse_unsendable,
)

SCOPES = ("https://www.googleapis.com/auth/business.manage",)


class GoogleBusinessConnector:
    """Keeps Connector, Listens, Backfills, LooksUp, Checks, Authorizes, Refreshes, Subscribes, FetchesKeys, Edits and Deletes."""

    @property
    def declaration(self) -> Declaration:
        """See declaration.py."""
        return DECLARATION

    def handshake(self, request: Request, *, secrets: Secrets, now: datetime) -> HandshakeAnswer | None:  # noqa: ARG002 - the protocol's
        """Pub/Sub asks nothing."""
        return None

    def verify(self, request: Request, *, secrets: Secrets, now: datetime) -> None:
        """See proof.py."""
        check_token(request, secrets=secrets, now=now)

    def split(self, request: Request, *, secrets: Secrets) -> list[RawItem]:  # noqa: ARG002 - nothing is encrypted
        """See items.py."""
        return split_body(request.body)

    def parse(self, delivery: Delivery) -> Parsed:
        """See resources.py."""
        return read_body(delivery.body, Setting(channel=delivery.channel, received_at=delivery.received_at, key=delivery.key))

    async def send(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
        """The owner's reply."""
        refuse_unsendable(reply, declaration=DECLARATION)
        return await put_reply(reply, channel=channel, net=net)

    def listen(self, *, channel: ChannelAccess, cursor: str | None, net: Net) -> AsyncIterator[Heard]:
        """Reviews, by looking again and again."""
        return hear(channel, cursor=cursor, net=net)

    def backfill(self, *, channel: ChannelAccess, since: datetime, net: Net) -> AsyncIterator[Heard]:
        """Reviews changed since then."""
        return hear_since(channel, since=since, net=net)

    async def lookup(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Found:
        """Look at the review."""
        return await find_reply(reply, channel=channel, net=net)

    async def check(self, *, channel: ChannelAccess, net: Net) -> Account:
        """Which place the token opens."""
        return await our_place(channel, net=net)

    async def begin(self, *, app: Mapping[str, str], state: str, redirect_url: str, net: Net) -> Authorization:  # noqa: ARG002 - no call is needed
        """Google's sign-in."""
        return begin_sign_in(app=app, state=state, redirect_url=redirect_url, scopes=SCOPES)

    async def exchange(
        self, *, app: Mapping[str, str], keep: Mapping[str, str], query: Mapping[str, str], redirect_url: str, net: Net
    ) -> Granted:
        """The credentials, and the places to pick from."""
        granted = await end_sign_in(app=app, keep=keep, query=query, redirect_url=redirect_url, net=net)
        return replace(granted, accounts=tuple(await places_of(Api(net=net, token=granted.credentials["access_token"]))))

    async def refresh(self, *, channel: ChannelAccess, net: Net) -> Granted:
        """Access for another hour."""
        return await renew(channel, net=net)

    async def subscribe(self, *, channel: ChannelAccess, webhook_url: str, secret: str, net: Net) -> None:  # noqa: ARG002 - Pub/Sub is told the address
        """Let Google publish notices to the channel's topic; where it names none, polling is enough."""
        topic = channel.config.get("pubsub_topic", "")
        if topic:
            await ask_for_notices(channel, topic=topic, net=net)

    async def unsubscribe(self, *, channel: ChannelAccess, net: Net) -> None:
        """No more notices, for any place of this account."""
        if channel.config.get("pubsub_topic"):
            await ask_for_notices(channel, topic="", net=net)

    async def fetch_keys(self, *, channel: ChannelAccess, net: Net) -> FetchedKeys:  # noqa: ARG002 - they are everybody's
        """Google's public keys."""
        return await google_keys(net)

    async def edit(self, external_id: str, *, text: str, channel: ChannelAccess, net: Net) -> None:
        """Another reply in its place."""
        await change_reply(external_id, text=text, channel=channel, net=net)

    async def delete(self, external_id: str, *, channel: ChannelAccess, net: Net) -> None:
        """Take our reply away."""
        await delete_reply(external_id, channel=channel, net=net)
