"""YouTube as a connector: polls comments, takes the hub's pushes of new videos, sends replies. Found by connectors.connectors()."""

import secrets as random
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from services.engagement.connectors.youtube.declaration import DECLARATION
from services.engagement.connectors.youtube.items import split_body
from services.engagement.connectors.youtube.listening import hear, hear_since
from services.engagement.connectors.youtube.pushes import end_pushes, let_pushes_come
from services.engagement.connectors.youtube.resources import read_body
from services.engagement.connectors.youtube.sending import (
    MEANINGS,
    change_comment,
    channels_of,
    delete_comment,
    find_comment,
    hide_comment,
    our_channel,
    post_comment,
)
from services.engagement.connectors.youtube.setting import Setting
from services.engagement.connectors.youtube.signatures import answer_question
from services.engagement.families.google import Api, begin_sign_in, end_sign_in, renew
from services.engagement.families.websub import UNCONFIRMED, check_hub_signature, let_go, read_granted
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
    Net,
    OutboundReply,
    Parsed,
    RawItem,
    Request,
    Secrets,
    Sent,
    refuse_unsendable,
)

# Comments can be written, moderated and deleted with this one only.
SCOPES = ("https://www.googleapis.com/auth/youtube.force-ssl",)


class YoutubeConnector:
    """Keeps Connector and most capabilities: it listens, back-fills, looks up, checks, authorizes, refreshes, subscribes, edits, hides."""

    @property
    def declaration(self) -> Declaration:
        """See declaration.py."""
        return DECLARATION

    def handshake(self, request: Request, *, secrets: Secrets, now: datetime) -> HandshakeAnswer | None:  # noqa: ARG002 - the protocol's
        """The hub asks whether we meant it."""
        return answer_question(request, secrets=secrets)

    def verify(self, request: Request, *, secrets: Secrets, now: datetime) -> None:  # noqa: ARG002 - there is no time in it
        """See families.websub."""
        check_hub_signature(request, secrets=secrets)

    def split(self, request: Request, *, secrets: Secrets) -> list[RawItem]:  # noqa: ARG002 - nothing is encrypted
        """See items.py."""
        return split_body(request.body)

    def parse(self, delivery: Delivery) -> Parsed:
        """See resources.py."""
        return read_granted(delivery.body) or read_body(
            delivery.body, Setting(channel=delivery.channel, received_at=delivery.received_at, key=delivery.key)
        )

    async def send(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
        """comments.insert, or commentThreads.insert under a video."""
        refuse_unsendable(reply, declaration=DECLARATION)
        return await post_comment(reply, channel=channel, net=net)

    def listen(self, *, channel: ChannelAccess, cursor: str | None, net: Net) -> AsyncIterator[Heard]:
        """New comments, by looking again and again."""
        return hear(channel, cursor=cursor, net=net)

    def backfill(self, *, channel: ChannelAccess, since: datetime, net: Net) -> AsyncIterator[Heard]:
        """Threads begun since then."""
        return hear_since(channel, since=since, net=net)

    async def lookup(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Found:
        """Look for it in its thread, or under its video."""
        return await find_comment(reply, channel=channel, net=net)

    async def check(self, *, channel: ChannelAccess, net: Net) -> Account:
        """Whose token it is."""
        return await our_channel(channel, net=net)

    async def begin(self, *, app: Mapping[str, str], state: str, redirect_url: str, net: Net) -> Authorization:  # noqa: ARG002 - no call is needed
        """Google's sign-in; it lets people choose which of their channels."""
        return begin_sign_in(app=app, state=state, redirect_url=redirect_url, scopes=SCOPES)

    async def exchange(
        self, *, app: Mapping[str, str], keep: Mapping[str, str], query: Mapping[str, str], redirect_url: str, net: Net
    ) -> Granted:
        """The credentials, and the channel they are for."""
        granted = await end_sign_in(app=app, keep=keep, query=query, redirect_url=redirect_url, net=net)
        api = Api(net=net, token=granted.credentials["access_token"], meanings=MEANINGS)
        return replace(granted, accounts=tuple(await channels_of(api)))

    async def refresh(self, *, channel: ChannelAccess, net: Net) -> Granted:
        """Access for another hour."""
        return await renew(channel, net=net)

    async def subscribe(self, *, channel: ChannelAccess, webhook_url: str, secret: str, net: Net) -> timedelta | None:
        """New videos are pushed as long as the hub grants when it asks back; calling it again goes on."""
        await let_pushes_come(channel, webhook_url=webhook_url, secret=secret, net=net)
        return UNCONFIRMED

    async def unsubscribe(self, *, channel: ChannelAccess, net: Net) -> None:
        """No more pushes; the hub asks whether we mean it, and `let_go` says so."""
        await end_pushes(channel, net=net)

    def let_go(self, request: Request) -> HandshakeAnswer | None:
        """See families.websub."""
        return let_go(request)

    def make_secret(self) -> str:
        """At most 200 bytes, as WebSub wants."""
        return random.token_urlsafe(48)

    async def edit(self, external_id: str, *, text: str, channel: ChannelAccess, net: Net) -> None:
        """comments.update."""
        await change_comment(external_id, text=text, channel=channel, net=net)

    async def delete(self, external_id: str, *, channel: ChannelAccess, net: Net) -> None:
        """comments.delete."""
        await delete_comment(external_id, channel=channel, net=net)

    async def hide(self, external_id: str, *, hidden: bool, channel: ChannelAccess, net: Net) -> None:
        """comments.setModerationStatus."""
        await hide_comment(external_id, hidden=hidden, channel=channel, net=net)
