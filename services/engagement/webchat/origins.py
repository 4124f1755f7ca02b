"""Which sites may use a channel's widget, and what their browsers are told of it. Called by the door; pure."""

from collections.abc import Mapping

from services.engagement.errors import OriginRefusedError
from services.engagement.registry import ConnectedChannel

METHODS = "GET, POST, OPTIONS"
HEADERS = "authorization, content-type"


def refuse_strange(origin: str | None, *, channel: ConnectedChannel, method: str) -> None:
    """Raise OriginRefusedError unless the page is of a site that the channel names.

    Browsers say where a page is from with whatever they post and with every request to another host: only a GET of one's own host
    comes without, and that one needs a visitor's token all the same.
    """
    if origin is None and method == "GET":
        return
    if origin is None or origin not in origins_of(channel):
        raise OriginRefusedError("Add this site to the channel's `origins`, exactly as the browser names it: scheme, host and port.")


def origins_of(channel: ConnectedChannel) -> frozenset[str]:
    """The sites, as browsers name them."""
    return frozenset(each.rstrip("/").lower() for each in channel.facts.config.get("origins", "").replace(",", " ").split())


def cors_headers(origin: str | None, *, channel: ConnectedChannel) -> Mapping[str, str]:
    """Let the page read the answer, if it may; a cache must keep the answers of different sites apart."""
    if origin is None or origin not in origins_of(channel):
        return {"vary": "origin"}
    return {
        "vary": "origin",
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "retry-after",
    }


def preflight_headers(origin: str | None, *, channel: ConnectedChannel) -> Mapping[str, str]:
    """The answer to a browser that asks before it sends."""
    allowed = cors_headers(origin, channel=channel)
    if "access-control-allow-origin" not in allowed:
        return allowed
    return {
        **allowed,
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": HEADERS,
        "access-control-max-age": "600",
    }
