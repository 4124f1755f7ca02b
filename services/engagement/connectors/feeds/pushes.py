"""Feeds whose hub pushes what is new (WebSub): finding the hub, subscribing, and whether its question is about us. For the connector.

A feed is polled all the same: hubs forget, and edits are told by comparing. The address that the hub is given names, hashed with the
channel's secret, what was subscribed to: the topic is known only once the feed was read, and a question is answered without reading it.
"""

from datetime import timedelta

from services.engagement.connectors.feeds.fetching import feed_address, fetch
from services.engagement.families.websub import UNCONFIRMED, answer_hub, ask_hub, is_proven, proven
from services.engagement.protocol import ChannelAccess, HandshakeAnswer, Net, NotFoundError, RejectedError, Request, Secrets

# A feed without a hub is looked at again then: it may have got one.
LOOK_AGAIN = timedelta(days=1)


def answer_question(request: Request, *, secrets: Secrets) -> HandshakeAnswer | None:
    """The challenge given back where we subscribed to this topic; None for a delivery. Raises `SignatureRefusedError` otherwise."""
    return answer_hub(request, is_ours=lambda topic: is_proven(request, topic, secrets=secrets))


async def let_pushes_come(channel: ChannelAccess, *, webhook_url: str, secret: str, net: Net) -> timedelta:
    """Subscribe at the feed's hub, where it names one; how long that holds. A refusal is no trouble here: the feed is polled."""
    try:
        hub, topic = await _announced(channel, net=net)
        if not hub or not secret:
            return LOOK_AGAIN
        callback = proven(webhook_url, topic=topic, secret=secret)
        await ask_hub(hub, mode="subscribe", topic=topic, callback=callback, secret=secret, net=net)
    except RejectedError:
        return LOOK_AGAIN
    return UNCONFIRMED


async def end_pushes(channel: ChannelAccess, *, net: Net) -> None:
    """Tell the feed's hub that nothing is wanted any more."""
    try:
        hub, topic = await _announced(channel, net=net)
    except RejectedError:
        return  # the feed is gone, and with it the name of its hub
    if hub and channel.signing_secret:
        callback = proven(channel.webhook_url, topic=topic, secret=channel.signing_secret)
        await ask_hub(hub, mode="unsubscribe", topic=topic, callback=callback, secret="", net=net)


async def _announced(channel: ChannelAccess, *, net: Net) -> tuple[str, str]:
    """The hub and the topic, by the answer's headers, else by the feed; the topic is at least the feed's address."""
    fetched = await fetch(channel, url=feed_address(channel), net=net)
    if fetched.document is None:
        raise NotFoundError("the site answered as if it had been asked before")
    feed = fetched.document.feed
    return fetched.links.get("hub") or feed.hub_url, fetched.links.get("self") or feed.url or fetched.url
