"""The hub that pushes new videos of our channel: subscribing and the end of it. Called by the connector.

Vendor's pages: https://developers.google.com/youtube/v3/guides/push_notifications, https://pubsubhubbub.appspot.com/subscribe.
"""

from services.engagement.families.google import placed
from services.engagement.families.websub import ask_hub, proven
from services.engagement.protocol import ChannelAccess, Net, UnsendableError

HUB = "https://pubsubhubbub.appspot.com/subscribe"
FEED = "https://www.youtube.com/xml/feeds/videos.xml?channel_id="


async def let_pushes_come(channel: ChannelAccess, *, webhook_url: str, secret: str, net: Net) -> None:
    """Subscribe to our channel's feed. The hub asks back before it counts (202)."""
    topic = _topic(channel)
    callback = proven(webhook_url, topic=topic, secret=secret)
    await ask_hub(_hub(channel), mode="subscribe", topic=topic, callback=callback, secret=secret, net=net)


async def end_pushes(channel: ChannelAccess, *, net: Net) -> None:
    """End it."""
    topic = _topic(channel)
    callback = proven(channel.webhook_url, topic=topic, secret=channel.signing_secret)
    await ask_hub(_hub(channel), mode="unsubscribe", topic=topic, callback=callback, secret="", net=net)


def _hub(channel: ChannelAccess) -> str:
    return placed(HUB, base=channel.config.get("api_base", ""))


def _topic(channel: ChannelAccess) -> str:
    if not channel.account:
        raise UnsendableError("the channel's id is not known: check the channel first")
    return f"{FEED}{channel.account}"
