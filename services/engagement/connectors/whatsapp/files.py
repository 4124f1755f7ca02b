"""Files that people send: the address that names one for good, and that which opens it for minutes. Called by content and the connector.

Vendor's page: .../whatsapp/business-phone-numbers/media. A file of a message is there for seven days. Its only I/O is the injected network.
"""

import re
from urllib.parse import urlsplit

from services.engagement.connectors.whatsapp.sending import graph_of, number_of
from services.engagement.families.meta import GRAPH_HOST, GRAPH_VERSION
from services.engagement.protocol import ChannelAccess, MediaAddress, Net, NotSentError

_NAMED = re.compile(re.escape(GRAPH_HOST) + r"/v[0-9.]+/([A-Za-z0-9_-]{1,200})")
_METAS = ("fbsbx.com", "facebook.com", "whatsapp.net")


def address_of(media: str | None, *, told: str | None) -> str | None:
    """The address that a file keeps: its id's in the API; for one without an id, or with one elsewhere, that which was told."""
    if told and not _is_metas(told):
        return told
    named = f"{GRAPH_HOST}/{GRAPH_VERSION}/{media}"
    return named if media and _NAMED.fullmatch(named) else told or None


async def open_address(url: str, *, channel: ChannelAccess, net: Net) -> MediaAddress:
    """Where the file of a kept address lies now. Our token goes along to Meta and to the channel's own address of the API only."""
    named = _NAMED.fullmatch(url)
    if named is None:
        return MediaAddress(url=url)
    told = await graph_of(channel, net=net).call("GET", named.group(1), query={"phone_number_id": number_of(channel)})
    address = told.get("url")
    if not isinstance(address, str) or not address:
        raise NotSentError("the API named no address of the file")
    trusted = _is_metas(address) or _host(address) == _host(channel.config.get("api_base", ""))
    return MediaAddress(url=address, headers={"authorization": f"Bearer {channel.credentials.get('token', '')}"} if trusted else {})


def _is_metas(url: str) -> bool:
    host = _host(url)
    return urlsplit(url).scheme == "https" and any(host == each or host.endswith(f".{each}") for each in _METAS)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
