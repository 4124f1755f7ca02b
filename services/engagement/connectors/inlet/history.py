"""What happened at a partner since a time, page by page, signed as replies are. Called by the connector."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec

from services.engagement.connectors.inlet.sending import signed_get
from services.engagement.protocol import ChannelAccess, Net, NotJsonError, NotSentError, clean_json, read_json
from services.kit.clock import SystemClock

TIMEOUT_SECONDS = 20.0
PAGE_BYTES = 8 * 1024 * 1024
MOST_PAGES = 1_000
_NEXT_CHARS = 2_000


class _Page(msgspec.Struct):
    events: list[msgspec.Raw] = []
    next: str | None = None


async def pages_since(since: datetime, *, channel: ChannelAccess, net: Net) -> AsyncIterator[list[bytes]]:
    """The events of each page, exactly as they came. Raises NotSentError where a page cannot be had or read."""
    url = channel.config.get("events_url", "")
    if not url:
        return
    asked = {"since": since.astimezone(UTC).isoformat()}
    for number in range(MOST_PAGES):
        # The partner compares it with its own clock: it is the machine's, whatever time a test or a sandbox plays.
        now = SystemClock().now()
        headers = signed_get(channel, message_id=f"events_{int(now.timestamp())}_{number}", at=now)
        page = await _page(f"{url}{'&' if '?' in url else '?'}{urlencode(asked)}", headers=headers, net=net)
        yield [bytes(raw) for raw in page.events]
        if not page.next or page.next == asked.get("after"):
            return
        asked["after"] = page.next[:_NEXT_CHARS]


async def _page(place: str, *, headers: Mapping[str, str], net: Net) -> _Page:
    answer = await net.request("GET", place, headers=headers, timeout_seconds=TIMEOUT_SECONDS, max_bytes=PAGE_BYTES)
    if answer.status != 200:
        raise NotSentError(f"the partner answered {answer.status} when asked for its events")
    try:
        body = clean_json(answer.body)
        read_json(body)
        return msgspec.json.decode(body, type=_Page)
    except (NotJsonError, msgspec.MsgspecError) as error:
        raise NotSentError("the partner's answer is no page of events") from error
