"""Instagram's two doors: graph.instagram.com with the account's token, graph.facebook.com with its page's. Called by the connector's calls.

Vendor's page: https://developers.facebook.com/docs/instagram-platform/overview.
"""

from collections.abc import Mapping
from dataclasses import replace

from services.engagement.connectors.instagram.declaration import ALLOWED
from services.engagement.families.meta import GRAPH_HOST, Graph, Meaning, Meanings, graph_for
from services.engagement.protocol import ChannelAccess, Net, UnsendableError

INSTAGRAM_HOST = "https://graph.instagram.com"
MEANINGS: Meanings = {
    (24, None): Meaning.GONE,
    (100, 2534014): Meaning.GONE,
    (100, 2534013): Meaning.GONE,
    (10, 2534048): Meaning.WINDOW,
    (10, 2534068): Meaning.WINDOW,
}


def by_facebook(config: Mapping[str, str]) -> bool:
    """Whether the token is a page's, made by Facebook login."""
    return config.get("login", "").strip().lower() == "facebook"


def graph(channel: ChannelAccess, *, net: Net) -> Graph:
    """The Graph API for this channel. Raises `CredentialsExpiredError` where there is no token.

    Only graph.facebook.com asks for a proof of the app's secret: a token of Instagram's login belongs to an app with another one.
    """
    facebook = by_facebook(channel.config)
    made = graph_for(channel, net=net, host=GRAPH_HOST if facebook else INSTAGRAM_HOST, meanings=MEANINGS, allowed=ALLOWED)
    return made if facebook else replace(made, app_secret="")


def account_of(channel: ChannelAccess) -> str:
    """The id of our Instagram account; with Instagram's login `me` will do. Raises `UnsendableError` where it has to be known."""
    account = channel.account or channel.config.get("account", "")
    if account.isdigit():
        return account
    if by_facebook(channel.config):
        raise UnsendableError("the channel's account is not known: check the channel first")
    return "me"


def sender_of(channel: ChannelAccess) -> str:
    """Who sends messages: the account, or the page behind it, which a page's token calls `me`."""
    return "me" if by_facebook(channel.config) else account_of(channel)


def comment_id(external_id: str) -> str:
    """The id of a comment, for an address. Raises `UnsendableError` for that of anything else."""
    if not external_id.isascii() or not external_id.isdigit():
        raise UnsendableError(f"{external_id[:50]} is no comment")
    return external_id
