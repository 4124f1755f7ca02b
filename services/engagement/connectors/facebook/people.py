"""Who and where, as Facebook tells it: authors, our Page, venues, moments. Called by the readers; pure.

A person's id holds for one Page only, so the Page is its scope; Pages have ids that hold everywhere.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from services.contracts.interaction import Author, Venue
from services.contracts.vocabulary import Control, Media
from services.engagement.connectors.facebook.payloads import Change, Person
from services.engagement.protocol import ChannelFacts, read_time

NETWORK = "facebook"
# The documentation's examples write <PAGE_ID>_<POST_ID>.
_OWNER = re.compile(r"(<[^<>]{1,100}>|\{{1,2}[^{}]{1,100}\}{1,2}|[^_]+)_")
_SOMEONE = "Someone on Facebook"
# Times of Messenger are in milliseconds, those of the feed in seconds; old ones and examples mix both.
_SURELY_MILLISECONDS = 100_000_000_000
_NO_TIME = datetime.max.replace(tzinfo=UTC)
_SURELY_NO_TIME = 1_000_000_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What surrounds an item: its Page ("" where nobody says), its channel, when the entry was made (None: untold), when it came.

    `digest` stands for the id of what has none. `standby`: another app has the thread, and we only hear of it.
    """

    page: str
    channel: ChannelFacts
    entry_time: object
    received_at: datetime
    digest: str
    standby: bool = False

    def moment(self, *told: object) -> datetime:
        """The first of these that is a time, else the entry's, else when it came."""
        return next((at for each in (*told, self.entry_time) if (at := moment_of(each)) is not None), self.received_at)

    def mark(self, told: object) -> str:
        """A moment as part of an id; the digest where none is told, for ids may not hang on when something came."""
        at = moment_of(told)
        return str(int(at.timestamp() * 1000)) if at else self.digest


def moment_of(told: object) -> datetime | None:
    """Milliseconds, seconds, either as text, or a written time; None where it is no time."""
    value = int(told) if isinstance(told, str) and told.isascii() and told.isdigit() and len(told) < 20 else told
    if isinstance(value, int | float) and not isinstance(value, bool) and _SURELY_MILLISECONDS <= value < _SURELY_NO_TIME:
        value = value / 1000
    read = read_time(value, otherwise=_NO_TIME)
    return None if read is _NO_TIME else read


def person_of(person: Person | None, *, setting: Setting) -> Author | None:
    """A person or a Page as an author; None without any id."""
    if person is None or not (person.id or person.user_ref):
        return None
    if person.id and person.id == setting.page:
        return page_of(setting, name=person.name)
    number = person.id or f"user_ref:{person.user_ref}"
    return Author(network=NETWORK, scope=setting.page, external_id=number, name=person.name or None)


def page_of(setting: Setting, *, name: str | None = None) -> Author:
    """Our Page."""
    return Author(network=NETWORK, external_id=setting.page or "page", name=name or setting.channel.config.get("page_name") or None)


def nobody(setting: Setting, *, name: str | None = None) -> Author:
    """Somebody whom Facebook does not name (no permission, or an old form)."""
    return Author(network=NETWORK, scope=setting.page, external_id="unknown", name=name or _SOMEONE)


def author_of(change: Change, *, setting: Setting) -> Author:
    """Who did it, in whichever of its five forms."""
    for person in (
        change.from_,
        change.sender,
        Person(id=change.sender_id, name=change.sender_name),
        Person(id=change.reviewer_id, name=change.reviewer_name),
        Person(id=change.user_id),
    ):
        author = person_of(person, setting=setting)
        if author is not None:
            return author
    told = next((each.name for each in (change.from_, change.sender) if each and each.name), None)
    return nobody(setting, name=told or change.sender_name or change.reviewer_name)


def page_venue(setting: Setting, *, url: str | None = None) -> Venue:
    """Our Page as the place where it was said."""
    page = page_of(setting)
    own = f"https://www.facebook.com/{setting.page}" if setting.page else None
    return Venue(network=NETWORK, external_id=page.external_id, title=page.name, url=url or own)


def foreign_venue(setting: Setting, *, owner: str | None, url: str | None = None) -> Venue:
    """A place of somebody else, by the id of who owns it; our own Page where it is ours after all."""
    if owner and owner == setting.page:
        return page_venue(setting, url=url)
    return Venue(
        network=NETWORK,
        external_id=owner or "unknown",
        url=url or (f"https://www.facebook.com/{owner}" if owner else None),
        control=Control.THIRD_PARTY,
        media=Media.EARNED,
    )


def owner_of(post: str | None) -> str | None:
    """Whose wall a post stands on: the first half of its id, where it has two."""
    halves = _OWNER.match(post or "")
    return halves[1] if halves else None


def ident(value: object) -> str | None:
    """An id as text, whether it came as text or as a number."""
    if isinstance(value, bool) or value is None:
        return None
    return str(value) if isinstance(value, int) else value if isinstance(value, str) and value else None
