"""Having Meta deliver what happens on an account, and no longer. Called by the connector.

Vendor's page: https://developers.facebook.com/docs/instagram-platform/webhooks.
"""

from services.engagement.connectors.instagram.graph import account_of, by_facebook, graph
from services.engagement.families.meta import Graph
from services.engagement.protocol import ChannelAccess, Net

FIELDS = (
    "messages",
    "message_reactions",
    "message_edit",
    "messaging_postbacks",
    "messaging_referral",
    "messaging_seen",
    "standby",
    "comments",
    "live_comments",
    "mentions",
)
# By Facebook's login it is the page that is subscribed, and any of its fields switches the account's on.
_PAGE_FIELDS = ("messages", "feed")


async def subscribe(channel: ChannelAccess, *, webhook_url: str, secret: str, net: Net) -> None:
    """Subscribe the account, or the page behind it. Calling it again changes nothing, or the fields.

    The app's own call shows its secret, so no setting of a channel leads it elsewhere.
    """
    asking, app, word = graph(channel, net=net), channel.config.get("app_id", ""), channel.credentials.get("verify_token", "")
    facebook = by_facebook(channel.config)
    if facebook and app and secret and word and not channel.config.get("api_base"):
        told = {"object": "instagram", "callback_url": webhook_url, "verify_token": word, "fields": ",".join(FIELDS)}
        await Graph(net=net, token=f"{app}|{secret}").call("POST", f"{app}/subscriptions", data=told)
    wanted = {"subscribed_fields": ",".join(_PAGE_FIELDS if facebook else FIELDS)}
    await asking.call("POST", f"{_subscribed(channel)}/subscribed_apps", query=wanted)


async def unsubscribe(channel: ChannelAccess, *, net: Net) -> None:
    """The account, or the page behind it."""
    await graph(channel, net=net).call("DELETE", f"{_subscribed(channel)}/subscribed_apps")


def _subscribed(channel: ChannelAccess) -> str:
    return (channel.config.get("page_id") or "me") if by_facebook(channel.config) else account_of(channel)
