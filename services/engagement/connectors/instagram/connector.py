"""Instagram as a connector: proves, splits and reads deliveries, and sends replies. Found by connectors.connectors().

Vendor's page: https://developers.facebook.com/docs/instagram-platform.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

from services.contracts.interaction import Author, NeutralEvent
from services.engagement.connectors.instagram import completing, signing_in, subscribing
from services.engagement.connectors.instagram.declaration import DECLARATION
from services.engagement.connectors.instagram.envelopes import Sort, units_in
from services.engagement.connectors.instagram.graph import by_facebook, comment_id, graph
from services.engagement.connectors.instagram.history import look_up, since_then
from services.engagement.connectors.instagram.reading import key_of, read_unit, together
from services.engagement.connectors.instagram.sending import post_reply, react
from services.engagement.families.meta import answer_challenge, check_signature
from services.engagement.protocol import (
    Account,
    Authorization,
    ChannelAccess,
    ChannelFacts,
    Completed,
    Declaration,
    Delivery,
    Found,
    Granted,
    HandshakeAnswer,
    Heard,
    Lack,
    MalformedDeliveryError,
    Net,
    NotJsonError,
    OutboundReply,
    Parsed,
    RawItem,
    Request,
    Secrets,
    Sent,
    clean_json,
    refuse_unsendable,
)

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_NO_CHANNEL = ChannelFacts(platform="instagram")


class InstagramConnector:
    """Keeps protocol.Connector and all capabilities that its methods are named after."""

    @property
    def declaration(self) -> Declaration:
        """See declaration.py."""
        return DECLARATION

    def handshake(self, request: Request, *, secrets: Secrets, now: datetime) -> HandshakeAnswer | None:  # noqa: ARG002 - there is no time in it
        """Meta's challenge, by the channel's verify token."""
        return answer_challenge(request, secrets=secrets)

    def verify(self, request: Request, *, secrets: Secrets, now: datetime) -> None:  # noqa: ARG002 - there is no time in it
        """Meta's signature, by the app's secret."""
        check_signature(request, secrets=secrets)

    def split(self, request: Request, *, secrets: Secrets) -> list[RawItem]:  # noqa: ARG002 - nothing is encrypted
        """The events of all entries; each names the account that it is for. One event alone stays exactly as it came."""
        try:
            units = units_in(request.body)
        except NotJsonError as error:
            raise MalformedDeliveryError(str(error)) from error
        if all(unit.sort is Sort.STRANGE for unit in units):
            raise MalformedDeliveryError("the body is nothing of Instagram's")
        alone = clean_json(request.body) if len(units) == 1 else None
        items = [
            RawItem(
                key=key_of(unit, read_unit(unit, channel=_NO_CHANNEL, received_at=_NO_TIME)),
                body=alone if alone is not None else unit.body,
                account=unit.account or None,
            )
            for unit in units
        ]
        # What a delivery holds twice is one thing; of several accounts, each has its own.
        return list({(item.account, item.key): item for item in items}.values())

    def parse(self, delivery: Delivery) -> Parsed:
        """What the event means."""
        try:
            units = units_in(delivery.body)
        except NotJsonError:
            return Parsed(unknown="not JSON")
        return together([read_unit(unit, channel=delivery.channel, received_at=delivery.received_at) for unit in units])

    async def send(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
        """A message, a private reply, a comment, or the answer to a mention."""
        refuse_unsendable(reply, declaration=DECLARATION, config=channel.config)
        return await post_reply(reply, channel=channel, net=net)

    def thread_of(self, reply: OutboundReply, *, channel: ChannelAccess) -> str | None:  # noqa: ARG002 - the protocol's
        """A private answer to somebody without an id has a thread of its own: where they write, they have one."""
        who = reply.recipient.external_id if reply.recipient else ""
        return f"answer:{reply.answering.external_id}" if reply.answering and not who.isdigit() else None

    def lacks(self, event: NeutralEvent) -> Lack | None:
        """See completing.py."""
        return completing.lacks(event)

    def complete(self, events: Sequence[NeutralEvent], *, channel: ChannelAccess, net: Net) -> AsyncIterator[Completed]:
        """See completing.py."""
        return completing.complete(events, channel=channel, net=net)

    def backfill(self, *, channel: ChannelAccess, since: datetime, net: Net) -> AsyncIterator[Heard]:
        """See history.py."""
        return since_then(since, channel=channel, net=net)

    async def lookup(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Found:
        """By its text; what is not found stays in doubt."""
        return await look_up(reply, channel=channel, net=net)

    async def check(self, *, channel: ChannelAccess, net: Net) -> Account:
        """Whose token it is; of a page, the account behind it."""
        return await signing_in.whose(graph(channel, net=net), facebook=by_facebook(channel.config))

    async def subscribe(self, *, channel: ChannelAccess, webhook_url: str, secret: str, net: Net) -> None:
        """Let the app hear of the account; by Facebook's login, where the app's id is known, point the app's webhook here as well."""
        await subscribing.subscribe(channel, webhook_url=webhook_url, secret=secret, net=net)

    async def unsubscribe(self, *, channel: ChannelAccess, net: Net) -> None:
        """Stop deliveries about this account; the app's other accounts keep theirs."""
        await subscribing.unsubscribe(channel, net=net)

    async def begin(self, *, app: Mapping[str, str], state: str, redirect_url: str, net: Net) -> Authorization:  # noqa: ARG002 - nothing is asked beforehand
        """Instagram's own login."""
        return signing_in.dialog(app=app, state=state, redirect_url=redirect_url)

    async def exchange(
        self,
        *,
        app: Mapping[str, str],
        keep: Mapping[str, str],  # noqa: ARG002 - nothing is kept
        query: Mapping[str, str],
        redirect_url: str,
        net: Net,
    ) -> Granted:
        """The account, with a token for 60 days."""
        return await signing_in.exchange(app=app, query=query, redirect_url=redirect_url, net=net)

    async def refresh(self, *, channel: ChannelAccess, net: Net) -> Granted:
        """60 more days."""
        return await signing_in.refresh(channel, net=net)

    async def delete(self, external_id: str, *, channel: ChannelAccess, net: Net) -> None:
        """Delete a comment: ours, or one under our posts. Messages cannot be taken back by programs."""
        await graph(channel, net=net).call("DELETE", comment_id(external_id))

    async def hide(self, external_id: str, *, hidden: bool, channel: ChannelAccess, net: Net) -> None:
        """Hide a comment under our posts from everybody but its writer, or show it again."""
        query = {"hide": "true" if hidden else "false"}
        await graph(channel, net=net).call("POST", comment_id(external_id), query=query)

    async def like(self, external_id: str, *, author: Author | None, liked: bool, channel: ChannelAccess, net: Net) -> None:
        """A heart under a message of this person, or none."""
        await react(external_id, author=author, liked=liked, channel=channel, net=net)
