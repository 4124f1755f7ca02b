"""Tells the server where to push what happens, and with which keys to seal it. Called by the connector; I/O by the injected network.

A push is something on top of streaming and polling: a server or a token that allows none is not the channel's trouble.
Vendor's page: https://docs.joinmastodon.org/methods/push/.
"""

from datetime import timedelta

from services.engagement.connectors.mastodon.calls import call
from services.engagement.connectors.mastodon.pushes import public_parts
from services.engagement.protocol import ChannelAccess, InDoubtError, Net, NotSentError, RejectedError

_PATH = "/api/v1/push/subscription"
# What is refused today may be allowed tomorrow: a token that is given the right, a server that is brought up to date.
_AGAIN = timedelta(days=1)
_ALERTS = ("mention", "quote", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "quoted_update")


async def subscribe(channel: ChannelAccess, *, webhook_url: str, secret: str, net: Net) -> timedelta | None:
    """One subscription for a token: what was there before is replaced. Raises `NotSentError` where the server is away."""
    point, auth = public_parts(secret)
    body = {
        "subscription": {"endpoint": webhook_url, "keys": {"p256dh": point, "auth": auth}, "standard": True},
        "data": {"policy": "all", "alerts": dict.fromkeys(_ALERTS, True)},
    }
    return None if await _told("POST", body, channel=channel, net=net) else _AGAIN


async def unsubscribe(channel: ChannelAccess, *, net: Net) -> None:
    """No more pushes. There may be no subscription, or no right to have one."""
    await _told("DELETE", None, channel=channel, net=net)


async def _told(method: str, body: object, *, channel: ChannelAccess, net: Net) -> bool:
    """Whether the server took it. Saying it twice says it once, so nothing is in doubt."""
    try:
        await call(method, _PATH, channel=channel, net=net, json=body)
    except RejectedError:
        return False
    except InDoubtError as error:
        raise NotSentError(error.reason) from error
    return True
