"""Facebook Pages as a connector: proves, splits and reads deliveries, and hands on what goes out. Found by connectors.connectors().

Vendor's pages: https://developers.facebook.com/docs/graph-api/webhooks and https://developers.facebook.com/docs/messenger-platform.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from services.contracts.interaction import Author, NeutralEvent
from services.contracts.vocabulary import Kind
from services.engagement.connectors.facebook import completing, history, looking_up, sending, signing_in
from services.engagement.connectors.facebook.declaration import DECLARATION
from services.engagement.connectors.facebook.envelopes import pieces_of
from services.engagement.connectors.facebook.reading import read_piece, together
from services.engagement.families.meta import Graph, answer_challenge, check_signature
from services.engagement.protocol import (
    Account,
    Authorization,
    ChannelAccess,
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
    NotSentError,
    OutboundReply,
    Parsed,
    RawItem,
    Request,
    Secrets,
    Sent,
    refuse_unsendable,
)


class FacebookConnector:
    """Keeps protocol.Connector and all capabilities that its methods are named after."""

    @property
    def declaration(self) -> Declaration:
        """See declaration.py."""
        return DECLARATION

    def handshake(self, request: Request, *, secrets: Secrets, now: datetime) -> HandshakeAnswer | None:  # noqa: ARG002 - the protocol's
        """Meta's challenge."""
        return answer_challenge(request, secrets=secrets)

    def verify(self, request: Request, *, secrets: Secrets, now: datetime) -> None:  # noqa: ARG002 - there is no time in it
        """X-Hub-Signature-256 by the app secret."""
        check_signature(request, secrets=secrets)

    def split(self, request: Request, *, secrets: Secrets) -> list[RawItem]:  # noqa: ARG002 - nothing is encrypted
        """Every item of every entry, each with its Page; an entry without any is a delivery of nothing."""
        try:
            pieces = pieces_of(request.body)
        except NotJsonError as error:
            raise MalformedDeliveryError(str(error)) from error
        # What a delivery holds twice is one thing.
        return list(
            {(piece.page, piece.key): RawItem(key=piece.key, body=piece.body, account=piece.page or None) for piece in pieces}.values()
        )

    def parse(self, delivery: Delivery) -> Parsed:
        """What the piece means."""
        try:
            pieces = pieces_of(delivery.body)
        except NotJsonError:
            return Parsed(unknown="not JSON")
        if not pieces:
            return Parsed(ignored="a delivery of nothing")
        return together([read_piece(piece, delivery=delivery) for piece in pieces])

    async def send(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
        """A message, a private reply, a comment or the answer to a recommendation."""
        refuse_unsendable(reply, declaration=DECLARATION)
        graph = sending.graph_of(channel, net=net)
        if reply.kind is Kind.DIRECT:
            return await sending.send_message(reply, channel=channel, graph=graph)
        return await sending.send_comment(reply, channel=channel, graph=graph)

    def thread_of(self, reply: OutboundReply, *, channel: ChannelAccess) -> str | None:  # noqa: ARG002 - the protocol's
        """A private answer to somebody whom Facebook does not name has a thread of its own: nobody's threads are not one."""
        unnamed = reply.answering is not None and reply.recipient is not None and reply.recipient.external_id == "unknown"
        return f"answer:{reply.answering.external_id}" if reply.answering and unnamed else None

    async def edit(self, external_id: str, *, text: str, channel: ChannelAccess, net: Net) -> None:
        """Comments and posts of ours; Messenger lets nobody change a message for us."""
        await sending.edit_comment(external_id, text=text, graph=sending.graph_of(channel, net=net))

    async def delete(self, external_id: str, *, channel: ChannelAccess, net: Net) -> None:
        """Comments, ours or under our posts."""
        await sending.delete_comment(external_id, graph=sending.graph_of(channel, net=net))

    async def hide(self, external_id: str, *, hidden: bool, channel: ChannelAccess, net: Net) -> None:
        """Comments under our posts."""
        await sending.hide_comment(external_id, hidden=hidden, graph=sending.graph_of(channel, net=net))

    async def like(self, external_id: str, *, author: Author | None, liked: bool, channel: ChannelAccess, net: Net) -> None:  # noqa: ARG002 - the id is enough here
        """Comments and posts, as the Page."""
        await sending.like(external_id, liked=liked, graph=sending.graph_of(channel, net=net))

    def lacks(self, event: NeutralEvent) -> Lack | None:
        """See completing.py."""
        return completing.lacks(event)

    def complete(self, events: Sequence[NeutralEvent], *, channel: ChannelAccess, net: Net) -> AsyncIterator[Completed]:
        """See completing.py."""
        return completing.complete(events, channel=channel, graph=sending.graph_of(channel, net=net))

    def backfill(self, *, channel: ChannelAccess, since: datetime, net: Net) -> AsyncIterator[Heard]:
        """Conversations, posts with comments, recommendations."""
        return history.since_then(since, channel=channel, graph=sending.graph_of(channel, net=net))

    async def lookup(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Found:
        """In the conversation, or under what was answered."""
        return await looking_up.look_up(reply, channel=channel, graph=sending.graph_of(channel, net=net))

    async def check(self, *, channel: ChannelAccess, net: Net) -> Account:
        """Whose token it is."""
        page = await sending.graph_of(channel, net=net).call("GET", "me", query={"fields": "id,name"})
        number, name = page.get("id"), page.get("name")
        if not isinstance(number, str) or not number:
            raise NotSentError("what answers is no Graph API")
        return Account(account=number, name=str(name or ""), config={"page_name": str(name)} if name else {})

    async def subscribe(self, *, channel: ChannelAccess, webhook_url: str, secret: str, net: Net) -> None:
        """Let the app hear of the Page; where the app's id is known, point the app's webhook here as well.

        The app's own call shows its secret, so no setting of a channel leads it elsewhere.
        """
        app, secret = channel.config.get("app_id", ""), secret or channel.signing_secret
        word = channel.credentials.get("verify_token", "")
        if app and secret and word and not channel.config.get("api_base"):
            graph = Graph(net=net, token=f"{app}|{secret}")
            told = {"object": "page", "callback_url": webhook_url, "verify_token": word, "fields": ",".join(signing_in.FIELDS)}
            await graph.call("POST", f"{app}/subscriptions", data=told)
        await self._subscriptions("POST", channel=channel, net=net)

    async def unsubscribe(self, *, channel: ChannelAccess, net: Net) -> None:
        """Stop deliveries about this Page; the app's other Pages keep theirs."""
        await self._subscriptions("DELETE", channel=channel, net=net)

    async def begin(self, *, app: Mapping[str, str], state: str, redirect_url: str, net: Net) -> Authorization:  # noqa: ARG002 - nothing is asked beforehand
        """The dialog of Facebook Login."""
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
        """The Pages to pick from."""
        return await signing_in.exchange(app=app, query=query, redirect_url=redirect_url, net=net)

    async def _subscriptions(self, method: str, *, channel: ChannelAccess, net: Net) -> None:
        wanted = {"subscribed_fields": ",".join(signing_in.FIELDS)} if method == "POST" else {}
        await sending.graph_of(channel, net=net).call(method, f"{channel.account or 'me'}/subscribed_apps", query=wanted)
