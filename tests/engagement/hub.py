"""A site with a feed, and the hub that pushes it: an ASGI application that keeps what it was asked. Used by test_subscribing."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs

from services.kit.hosting import Receive, Scope, Send
from services.kit.http import read_body, respond

FEED = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><id>tag:kitchen.example,2026:feed</id>
<title>Kitchen Notes</title><link rel="self" href="{base}/feed"/><link rel="hub" href="{base}/hub"/>{entries}</feed>"""
ENTRY = """<entry><id>tag:kitchen.example,2026:{number}</id><title>Scales {number}</title><updated>2026-05-04T09:50:00Z</updated>
<author><name>Ruth Amsel</name></author></entry>"""


@dataclass
class Hub:
    """GET gives the feed, without an entry; POST is a wish of a subscriber, kept in `asked`."""

    base: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve both."""
        body = await read_body(receive, scope, cap_bytes=65536)
        if scope["method"] == "POST":
            self.asked.append({name: values[0] for name, values in parse_qs(body.decode()).items()})
        await respond(send, status=202 if scope["method"] == "POST" else 200, body=self.feed().encode())

    def feed(self, *numbers: int) -> str:
        """The feed with these entries."""
        return FEED.format(base=self.base, entries="".join(ENTRY.format(number=number) for number in numbers))
