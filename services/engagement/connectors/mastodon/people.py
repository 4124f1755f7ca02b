"""Accounts as authors and venues. Called by statuses and notifications; pure.

Every server numbers accounts for itself, so the host of the channel's server is the scope of an id.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from services.contracts.interaction import Author, Venue
from services.contracts.vocabulary import Control, Media
from services.engagement.connectors.mastodon.payloads import Account
from services.engagement.connectors.mastodon.texts import plain_text
from services.engagement.protocol import ChannelFacts

NETWORK = "mastodon"
_MOST_LINKS = 10
_NOWHERE = "missing.png"


def scope_of(channel: ChannelFacts) -> str:
    """The host of the server that numbers this channel's accounts; "" where it is not known."""
    instance = channel.config.get("instance", "")
    return (urlsplit(instance if "//" in instance else f"//{instance}").netloc or "").lower()


def author_of(account: Account | None, *, channel: ChannelFacts) -> Author | None:
    """An account as an author; None without an id and without a name."""
    if account is None:
        return None
    handle = account.acct or account.username or account.fqn
    identity = account.id if account.id not in (None, "") else handle
    if identity in (None, ""):
        return None
    return Author(
        network=NETWORK,
        scope=scope_of(channel),
        external_id=str(identity),
        handle=handle or None,
        name=account.display_name or account.username or None,
        avatar_url=account.avatar if account.avatar and not account.avatar.endswith(_NOWHERE) else None,
        bio=plain_text(account.note),
        followers=account.followers_count if account.followers_count is not None and account.followers_count >= 0 else None,
        links=tuple(_links(account)),
    )


def nobody(channel: ChannelFacts, *, name: str = "Someone on Mastodon") -> Author:
    """The author of what Mastodon tells without saying who it was."""
    return Author(network=NETWORK, scope=scope_of(channel), external_id="unknown", name=name)


def us(channel: ChannelFacts) -> Author:
    """Our own account, as far as the channel knows it."""
    handle = channel.config.get("acct") or channel.config.get("username") or None
    return Author(network=NETWORK, scope=scope_of(channel), external_id=channel.account or "us", handle=handle)


def our_venue(channel: ChannelFacts) -> Venue:
    """Our own account as a place: what speaks to us in private, follows us, or hangs on a post of ours."""
    return Venue(
        network=NETWORK,
        scope=scope_of(channel),
        external_id=channel.account or "us",
        title=channel.config.get("acct") or None,
    )


def venue_of(account: Account | None, *, channel: ChannelFacts) -> Venue:
    """The page of an account: ours, or earned ground."""
    author = author_of(account, channel=channel)
    if author is None or account is None or author.external_id == channel.account:
        return our_venue(channel)
    return Venue(
        network=NETWORK,
        scope=author.scope,
        external_id=author.external_id,
        title=author.handle,
        url=_address(account.url),
        control=Control.THIRD_PARTY,
        media=Media.EARNED,
    )


def _links(account: Account) -> Iterable[str]:
    """The profile, then the sites that link back to it."""
    verified = [plain_text(each.value) for each in account.fields if each.verified_at]
    addresses = dict.fromkeys(filter(None, map(_address, [account.url, *verified])))
    return list(addresses)[:_MOST_LINKS]


def _address(text: str | None) -> str | None:
    return text if text and text.startswith(("https://", "http://")) else None
