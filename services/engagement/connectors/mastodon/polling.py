"""Asks for news after a place that is known: notifications, own posts, and what became of posts that spoke to us. Called by listening.

The place names the last notification and the last post; what a listener has heard already, it is not given twice.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

import msgspec

from services.engagement.connectors.mastodon.asking import PAGE_LIMIT, Entry, Page, items_with_threads, notifications, own_statuses
from services.engagement.connectors.mastodon.statuses import ident
from services.engagement.connectors.mastodon.streams import key_of
from services.engagement.connectors.mastodon.watching import changes, with_spoken
from services.engagement.protocol import ChannelAccess, Heard, Net, NotJsonError, RawItem, read_payload

LOOK_AGAIN_SECONDS = 300.0
_MOST_HEARD = 5_000


class Place(msgspec.Struct):
    """The last notification and the last post of our own; "0" comes before the first. `watched`: see watching.py."""

    notification: str = ""
    status: str = ""
    watched: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def told(self) -> str:
        """The cursor as it is stored."""
        return msgspec.json.encode(self).decode()


@dataclass(slots=True)
class Poller:
    """One account while it is listened to. What it gave is in the journal when it is asked again."""

    account: str
    channel: ChannelAccess
    net: Net
    place: Place
    _look_in_seconds: float = 0.0
    _heard: dict[str, None] = field(default_factory=dict)
    _posts: dict[str, None] = field(default_factory=dict)

    async def news(self, *, every_seconds: float, then_rest: bool) -> AsyncIterator[Heard]:
        """What came after the place, page by page, the oldest first; the last page says how long to rest, if at all."""
        more = True
        while more:
            changed: tuple[RawItem, ...] = ()
            watched = self.place.watched
            if self._look_in_seconds <= 0:
                self._look_in_seconds = LOOK_AGAIN_SECONDS
                changed, watched = await changes(watched, channel=self.channel, net=self.net) if watched else ((), watched)
            page = await notifications(channel=self.channel, net=self.net, place={"min_id": self.place.notification})
            own = await own_statuses(self.account, channel=self.channel, net=self.net, place={"min_id": self.place.status})
            found = (newest(page) or self.place.notification, newest(own) or self.place.status)
            moved = found != (self.place.notification, self.place.status)
            self.place = Place(*found, with_spoken(watched, page))
            items = (*await self.items([*own.entries, *page.entries]), *self.only_new(changed))
            more = max(len(page.entries), len(own.entries)) >= PAGE_LIMIT
            rest = every_seconds if then_rest and not more else 0.0
            yield Heard(items=items, cursor=self.place.told if items or moved else None, rest_seconds=rest)
        self._look_in_seconds -= every_seconds

    async def items(self, entries: Iterable[Entry]) -> tuple[RawItem, ...]:
        """Entries, the newest first, as items, the oldest first: those that were not heard yet, with what stands above them."""
        new = [entry for entry in entries if key_of(entry.said, body=entry.raw) not in self._heard]
        for entry in new:
            for post in _posts_of(entry):
                _remember(post, among=self._posts)
        return self.only_new(await items_with_threads(new, channel=self.channel, net=self.net))

    def knows_post(self, key: str) -> bool:
        """Whether a post was heard of: what became of others is no news."""
        return key in self._posts or key in self.place.watched

    def only_new(self, items: Iterable[RawItem]) -> tuple[RawItem, ...]:
        """Those that were not heard yet."""
        new = tuple(item for item in items if item.key not in self._heard)
        for item in new:
            _remember(item.key, among=self._heard)
        return new


def read_place(cursor: str | None) -> Place | None:
    """A cursor that cannot be read is none."""
    try:
        place = read_payload((cursor or "").encode(), into=Place)
    except NotJsonError:
        return None
    return place if place.notification and place.status else None


def newest(page: Page) -> str:
    """The id of a page's first entry; "" where it has none."""
    return page.entries[0].id if page.entries else ""


def _posts_of(entry: Entry) -> Iterable[str]:
    """The post of a notification, or the post itself."""
    status = entry.said.get("status") if "type" in entry.said else entry.said
    if isinstance(status, dict) and (key := ident(status.get("id"))):
        yield key


def _remember(key: str, *, among: dict[str, None]) -> None:
    among[key] = None
    if len(among) > _MOST_HEARD:
        del among[next(iter(among))]
