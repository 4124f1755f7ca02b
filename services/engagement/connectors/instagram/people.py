"""What surrounds an event: our account, people, the place, the time. Called by messages, comments and objects; pure."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from services.contracts.interaction import Author, Venue
from services.contracts.vocabulary import Control, Media, Source
from services.engagement.connectors.instagram.payloads import Ident, Party, Time
from services.engagement.protocol import ChannelFacts, read_time

NETWORK = "instagram"
NOBODY = Author(network=NETWORK, external_id="unknown", name="Someone on Instagram")
_MENTION = re.compile(r"(?<![\w.@])@([A-Za-z0-9_](?:[A-Za-z0-9._]{0,28}[A-Za-z0-9_])?)")
# No event of Instagram's is older than 1973 when its number is taken for milliseconds.
_MILLISECONDS_FROM = 100_000_000_000
_MILLISECONDS_UNTIL = 1_000_000_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What an event's envelope and channel say. `at` is the envelope's time, `digest` a hash of the event for what has no id."""

    channel: ChannelFacts
    account: str
    at: datetime
    digest: str
    source: Source = Source.LIVE
    standby: bool = False

    @property
    def ours(self) -> frozenset[str]:
        """Every id by which our account may be called."""
        names = {self.channel.account, self.account, self.channel.config.get("account", ""), self.channel.config.get("page_id", "")}
        return frozenset(names - {"", "0"})

    @property
    def handle(self) -> str:
        """Our @name in lower case, as far as the channel knows it."""
        return self.channel.config.get("username", "").lstrip("@").lower()


def text_id(value: Ident | None) -> str:
    """An id as text; "" where there is none."""
    return "" if value is None else str(value).strip()


def moment(told: Time | None, *, otherwise: datetime) -> datetime:
    """Seconds or milliseconds since 1970, also as text, or a written time; `otherwise` where it is none of these."""
    if isinstance(told, str) and told.isascii() and told.strip().isdigit() and len(told) <= 20:
        told = int(told)
    if isinstance(told, int | float) and _MILLISECONDS_FROM <= told < _MILLISECONDS_UNTIL:
        told = told / 1000
    return read_time(told, otherwise=otherwise)


def us(setting: Setting, *, known_as: str = "", handle: str | None = None) -> Author:
    """Our own account; by what the event calls it where nothing else does."""
    account, name = setting.channel.account or setting.account or known_as or "account", setting.handle or handle or ""
    return Author(network=NETWORK, external_id=account, handle=name or None, links=_links(name))


def our_venue(setting: Setting, *, known_as: str = "", media: Media = Media.OWNED) -> Venue:
    """Our account as the place where people write to us and under our posts."""
    account = us(setting, known_as=known_as)
    return Venue(network=NETWORK, external_id=account.external_id, title=account.handle, url=next(iter(account.links), None), media=media)


def their_venue(media: str, *, url: str | None = None) -> Venue:
    """A post of somebody else, in which we are named."""
    return Venue(network=NETWORK, external_id=media, url=url, control=Control.THIRD_PARTY, media=Media.EARNED)


def person(party: Party | None, setting: Setting) -> Author | None:
    """A person. Instagram's ids hold for one account of ours, which is their scope; a @name, which stands where there is no id, for all."""
    if party is None:
        return None
    handle = (party.username or "").lstrip("@") or None
    external_id = text_id(party.id)
    if not external_id:
        return replace(_named(handle), name=party.name or None) if handle else None
    return Author(
        network=NETWORK,
        scope=setting.channel.account or setting.account,
        external_id=external_id,
        handle=handle,
        name=party.name or None,
        links=_links(handle or ""),
    )


def mentions_in(text: str | None, *, setting: Setting) -> tuple[Author, ...]:
    """Everybody named in a text; the @name stands for the id, which Instagram does not tell."""
    handles = {match.group(1).lower(): match.group(1) for match in _MENTION.finditer(text or "")}
    return tuple(us(setting) if name == setting.handle else _named(handle) for name, handle in handles.items())


def _named(handle: str) -> Author:
    return Author(network=NETWORK, external_id=f"@{handle.lower()}", handle=handle, links=_links(handle))


def _links(handle: str) -> tuple[str, ...]:
    return (f"https://www.instagram.com/{handle}/",) if handle else ()
