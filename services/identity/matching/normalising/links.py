"""Links that people show: an account on a network, or a site of their own. Pure; no link is followed."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from services.identity.matching.normalising.folding import fold
from services.identity.matching.normalising.handles import normalise_handle

# host -> (network, pattern of the path whose first group is the handle)
_FIRST_PART = re.compile(r"/@?([^/?#]+)/?$")
_AT = re.compile(r"/@([^/?#]+)/?$")
_NETWORKS = {
    "twitter.com": ("x", _FIRST_PART),
    "x.com": ("x", _FIRST_PART),
    "instagram.com": ("instagram", _FIRST_PART),
    "facebook.com": ("facebook", _FIRST_PART),
    "threads.net": ("threads", _AT),
    "tiktok.com": ("tiktok", _AT),
    "youtube.com": ("youtube", re.compile(r"/(?:@|user/|c/)([^/?#]+)/?$")),
    "reddit.com": ("reddit", re.compile(r"/(?:u|user)/([^/?#]+)/?$")),
    "bsky.app": ("bluesky", re.compile(r"/profile/([^/?#]+)/?$")),
    "linkedin.com": ("linkedin", re.compile(r"/in/([^/?#]+)/?$")),
    "github.com": ("github", _FIRST_PART),
    "t.me": ("telegram", _FIRST_PART),
    "telegram.me": ("telegram", _FIRST_PART),
    "pinterest.com": ("pinterest", _FIRST_PART),
    "mastodon.social": ("mastodon", _AT),
    "mastodon.online": ("mastodon", _AT),
}
_ALIASES = {"twitter": "x", "fb": "facebook", "ig": "instagram", "insta": "instagram", "yt": "youtube", "bsky": "bluesky"}
# Paths of networks that are nobody's, hosts that hide where they lead, and hosts where everybody has a page.
_RESERVED = frozenset(
    {"about", "explore", "hashtag", "help", "home", "i", "intent", "login", "p", "reel", "search", "settings", "share", "sharer", "watch"}
)
_DROPPED = frozenset(
    [
        "amazon.com",
        "amzn.to",
        "bit.ly",
        "buff.ly",
        "cutt.ly",
        "discord.gg",
        "doubleclick.net",
        "eepurl.com",
        "etsy.com",
        "eventbrite.com",
        "forms.gle",
        "goo.gl",
        "google.com",
        "is.gd",
        "lnkd.in",
        "medium.com",
        "ow.ly",
        "paypal.com",
        "rebrand.ly",
        "shorturl.at",
        "spotify.com",
        "t.co",
        "tiny.cc",
        "tinyurl.com",
        "wa.me",
        "wikipedia.org",
        "youtu.be",
    ]
)
# On these the account is the page, not the host.
_PAGES = frozenset({"linktr.ee", "about.me", "carrd.co", "beacons.ai", "bio.link", "ko-fi.com", "patreon.com"})
_ACCOUNT = re.compile(r"([a-z][a-z0-9_-]{0,30}):@?([^\s/@:]+)(?:@[^\s/]+)?$")


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """A handle on a network, both normalised."""

    network: str
    handle: str


@dataclass(frozen=True, slots=True, order=True)
class Site:
    """A site or page of somebody's own: host, and the path where hosts are shared."""

    address: str


def normalise_link(text: str) -> Account | Site | None:
    """What a link shows, or None for shorteners, trackers, posts, and what is no link. `network:@handle` is read too."""
    link = text.strip()
    if "://" not in link and (short := _ACCOUNT.fullmatch(fold(link))):
        return _account(short[1], short[2])
    try:
        parts = urlsplit(link if "://" in link else f"https://{link}")
        host = fold((parts.hostname or "").rstrip(".")).removeprefix("www.").removeprefix("m.").removeprefix("mobile.")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or "." not in host or host in _DROPPED or " " in host:
        return None
    if host in _NETWORKS:
        network, pattern = _NETWORKS[host]
        found = pattern.match(parts.path)
        return _account(network, found[1]) if found and found[1].lower() not in _RESERVED else None
    return _site(host, parts.path)


def _account(network: str, handle: str) -> Account | None:
    name = normalise_handle(handle)
    return Account(network=_ALIASES.get(network, network), handle=name) if name else None


def _site(host: str, path: str) -> Account | Site | None:
    fediverse = _AT.match(path)
    if fediverse:
        return _account("mastodon", fediverse[1])
    if host in _PAGES:
        page = fold(path.strip("/").partition("/")[0])
        return Site(f"{host}/{page}") if page else None
    return Site(host)
